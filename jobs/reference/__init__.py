"""Reference data: administrative units and organisations, and what their codes mean on a day."""

"""What the plans' targets come to, counted in plain Python over the generator's own rows."""

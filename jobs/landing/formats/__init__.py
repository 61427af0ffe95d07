"""How landed objects are read: one module a format, one registry of them."""

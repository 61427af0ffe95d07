"""Source systems to the landing zone."""

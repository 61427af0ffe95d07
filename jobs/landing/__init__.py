"""The landing zone: where objects lie, which of them wait, and how their formats are read."""

"""Every step of the work: landing zone to released tables."""

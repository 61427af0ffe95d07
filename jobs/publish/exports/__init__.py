"""What leaves the warehouse as files: official reports, and whatever else is exported."""

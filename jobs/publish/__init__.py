"""What people read: the report and analysts' SQL."""

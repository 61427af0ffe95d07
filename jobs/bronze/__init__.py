"""Landing zone to rows as received: discover, inspect, read, border."""

"""The engine: the session, the Delta tables, their views, and the queries over sets of rows."""

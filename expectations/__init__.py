"""Is it right? Row rules, Great Expectations gates and Data Docs."""

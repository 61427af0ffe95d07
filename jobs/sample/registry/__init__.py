"""The sheets that officers fill in (`registry/<sheet>`), but for organisations and paper work records."""

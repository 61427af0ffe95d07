"""Sample records in the landing formats, and the truth about them."""

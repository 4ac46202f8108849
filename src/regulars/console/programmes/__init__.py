"""Building programmes: their rules as sentences with fields, what they would do, and how they go live."""

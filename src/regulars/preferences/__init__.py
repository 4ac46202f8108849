"""The page where customers see and change what they agreed to."""

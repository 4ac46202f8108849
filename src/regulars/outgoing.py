"""The one guarded way out for requests to other systems."""

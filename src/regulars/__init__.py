"""Customer engagement and loyalty on your own PostgreSQL, honestly measured."""

__version__ = "0.1.0"

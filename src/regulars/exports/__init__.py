"""Anything listed as a file, now or on a schedule."""

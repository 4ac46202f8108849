"""Telling other systems what happened, signed, tried again and logged."""

"""Connections: webhooks of shops and tills with their mapping, and files picked up where others drop them."""

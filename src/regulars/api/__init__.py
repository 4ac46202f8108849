"""The HTTP API under /api/v1: thin, over the facades of the rooms."""

from regulars.api.creation import create_api, specification

__all__ = ["create_api", "specification"]

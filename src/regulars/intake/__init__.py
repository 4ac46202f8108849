"""What outsiders reach without signing in: the tracking API, webhooks, the script for pages, hosted forms."""

from regulars.intake.hosted_forms import create_forms

__all__ = ["create_forms"]

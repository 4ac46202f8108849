"""What outsiders reach without signing in: the tracking API, webhooks, the script for pages, hosted forms."""

from regulars.intake.hosted_forms import create_forms
from regulars.intake.script import create_script

__all__ = ["create_forms", "create_script"]

"""What outsiders reach without signing in: the tracking API, webhooks, the script for pages, hosted forms."""

from regulars.intake.hosted_forms import create_forms
from regulars.intake.script import create_script
from regulars.intake.tracking import PREFIX as TRACKING_PREFIX
from regulars.intake.tracking import Tracking
from regulars.intake.webhooks import create_webhooks

__all__ = ["TRACKING_PREFIX", "Tracking", "create_forms", "create_script", "create_webhooks"]

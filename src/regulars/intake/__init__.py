"""What outsiders reach without signing in: tracking API, webhooks, forms, preferences, member pages."""

from regulars.intake.bounces import create_bounces
from regulars.intake.channels import create_channels
from regulars.intake.hosted_forms import create_forms
from regulars.intake.member_page import create_member_page
from regulars.intake.preferences import create_preferences
from regulars.intake.responding import Responding, is_response
from regulars.intake.script import create_script
from regulars.intake.tracking import Tracking, is_tracking
from regulars.intake.webhooks import create_webhooks

__all__ = [
    "Responding",
    "Tracking",
    "create_bounces",
    "create_channels",
    "create_forms",
    "create_member_page",
    "create_preferences",
    "create_script",
    "create_webhooks",
    "is_response",
    "is_tracking",
]

"""What is typed into a campaign's form, and the body that it means."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from regulars import campaigns
from regulars.campaigns import Campaign
from regulars.kernel import Finding, Invalid, fold

TEXTS = ("title", "purpose", "segment", "template", "channel", "goal")
WHOLE = "*"
NUMBERS = {"held_out_percent": "a share from 0 to 50", "expected_percent": "a share above 0 and below 100"}
REQUIRED = {
    "title": "Give the campaign a name.",
    "purpose": "Say in a sentence what it is for; it stands above its results.",
    "segment": "Choose who is to get it.",
    "template": "Choose what is said.",
    "goal": "Name the event that counts as success.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form's fields, as they were typed."""

    title: str = ""
    key: str = ""
    purpose: str = ""
    segment: str = ""
    template: str = ""
    topic: str = ""  # Empty: the message's own; WHOLE: none, the channel as a whole.
    channel: str = "recording"
    held_out_percent: str = "10"
    goal: str = campaigns.ORDER_COMPLETED
    window_days: str = "28"
    expected_percent: str = "10"
    send_at: str = ""


def typed_of(body: Campaign, zone: ZoneInfo, *, key: str, title: str | None = None) -> Typed:
    at = body.send_at.astimezone(zone) if body.send_at else None
    return Typed(
        title=title or body.title,
        key=key,
        purpose=body.purpose,
        segment=body.segment,
        template=body.template,
        topic=WHOLE if body.topic == "" else body.topic or "",
        channel=body.channel,
        held_out_percent=f"{body.held_out_percent:g}",
        goal=body.goal,
        window_days=str(body.window_days),
        expected_percent=f"{body.expected_percent:g}",
        send_at=f"{at:%Y-%m-%dT%H:%M}" if at else "",
    )


def body_of(typed: Typed, zone: ZoneInfo) -> dict[str, Any]:
    """The body as data; raises Invalid with each number and moment that cannot be read."""
    body: dict[str, Any] = {
        name: getattr(typed, name).strip()
        for name in ("title", "purpose", "segment", "template", "channel", "goal")
    }
    if typed.topic:
        body["topic"] = "" if typed.topic == WHOLE else typed.topic
    found: list[Finding] = []
    for name, what in NUMBERS.items():
        try:
            body[name] = float(getattr(typed, name).replace("%", "").strip())
        except ValueError:
            found.append(wrong(name, f"Give {what}, as in 10."))
    try:
        body["window_days"] = int(typed.window_days.strip())
    except ValueError:
        found.append(wrong("window_days", "Give a whole number of days, as in 28."))
    try:
        if typed.send_at.strip():
            body["send_at"] = datetime.fromisoformat(typed.send_at.strip()).replace(tzinfo=zone)
    except ValueError:
        found.append(wrong("send_at", "Give day and time as 2026-01-15T09:00, or leave it empty."))
    found += [wrong(name, text) for name, text in REQUIRED.items() if not body[name]]
    if found:
        raise Invalid("Please check what you entered.", found)
    return body


def wrong(path: str, message: str) -> Finding:
    return Finding(path=path, code="campaigns.form", message=message)


def slug(title: str) -> str:
    """A key out of a name.

    >>> slug("Win back: Spring!")
    'win-back-spring'
    """
    return re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:60]

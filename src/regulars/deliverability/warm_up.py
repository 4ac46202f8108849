"""The kind `warm-up`: how many messages may leave by a channel each day while its name becomes known."""

from datetime import date
from typing import Annotated

import msgspec

from regulars.definitions import Kind, Lookup
from regulars.kernel import Finding

TEXT_MAX = 200
DAYS_MAX = 180


class WarmUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    title: str
    channel: str  # Its key.
    starts_on: date  # The first day that counts.
    first_day: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 200  # Messages on it.
    growth_percent: Annotated[float, msgspec.Meta(ge=0, le=300)] = 40.0  # A day.
    ends_at: Annotated[int, msgspec.Meta(ge=1, le=100_000_000)] = (
        100_000  # Messages a day; then nothing caps.
    )
    # A day on which more than this came back does not count as a step: the next may send as many.
    bounces_percent: Annotated[float, msgspec.Meta(ge=0.1, le=50)] = 5.0
    complaints_percent: Annotated[float, msgspec.Meta(ge=0.01, le=10)] = 0.3
    note: str = ""


def planned(body: WarmUp, step: int) -> int:
    """How many may leave after so many steps.

    >>> plan = WarmUp(title="New", channel="mail", starts_on=date(2026, 3, 1), growth_percent=50)
    >>> [planned(plan, step) for step in range(4)]
    [200, 300, 450, 675]
    """
    return min(body.ends_at, int(body.first_day * (1 + body.growth_percent / 100) ** min(step, DAYS_MAX)))


def steps_needed(body: WarmUp) -> int:
    """On which step the plan is through, if no day is held; DAYS_MAX where it never is."""
    return next((step for step in range(DAYS_MAX) if planned(body, step) >= body.ends_at), DAYS_MAX)


def sentence(body: WarmUp) -> str:
    return (
        f"From {body.starts_on:%-d %B %Y} on, {body.first_day:,} messages a day by {body.channel}, "
        f"{body.growth_percent:g}% more each day until {body.ends_at:,}; no growth while more than "
        f"{body.bounces_percent:g}% bounce or {body.complaints_percent:g}% complain"
    )


def validate(body: WarmUp, _lookup: Lookup) -> list[Finding]:
    found = []
    if not body.title.strip() or len(body.title) > TEXT_MAX:
        found.append(_wrong("title", f"Give a title of at most {TEXT_MAX} signs."))
    if not body.channel.strip() or len(body.channel) > TEXT_MAX:
        found.append(_wrong("channel", "Name the channel by its key."))
    if body.ends_at < body.first_day:
        found.append(_wrong("ends_at", "The plan ends with at least as many as it begins with."))
    if body.growth_percent == 0 and body.ends_at > body.first_day:
        found.append(_wrong("growth_percent", "Without growth it never ends; give some percent a day."))
    return found


def _wrong(path: str, message: str) -> Finding:
    return Finding(path=path, code="deliverability.warm_up", message=message)


WARM_UP = Kind(
    name="warm-up",
    title="Warm-up plan",
    plural="Warm-up plans",
    body=WarmUp,
    sentence=sentence,
    validate=validate,
)

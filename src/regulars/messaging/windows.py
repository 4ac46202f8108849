"""Spans and hours by the customer's clock: where caps begin to count, when quiet hours end."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from regulars import access
from regulars.customers import zones_of
from regulars.db import Tx
from regulars.kernel import local_instant
from regulars.messaging.policy import Cap, QuietHours
from regulars.messaging.policy_kind import sending_policy

Past = Literal["now", "tomorrow"]


def counts_since(cap: Cap, at: datetime, zone: str) -> datetime:
    """From which instant on messages count for a cap; days, weeks and months begin at local midnight."""
    if cap.per == "hours":
        return at - timedelta(hours=cap.hours)
    day = at.astimezone(ZoneInfo(zone)).date()
    if cap.per == "week":
        day -= timedelta(days=day.weekday())
    elif cap.per == "month":
        day = day.replace(day=1)
    return local_instant(day, time(), zone)


def quiet_until(quiet: QuietHours, at: datetime, zone: str) -> datetime | None:
    """When quiet hours that hold at an instant end there; None when they do not hold.

    Told by the clock on the wall: in the night of a clock change they are an hour shorter or longer.
    """
    local = at.astimezone(ZoneInfo(zone))
    starts, ends, now = _clock(quiet.starts), _clock(quiet.ends), local.time()
    day = local.date()
    if starts < ends:
        if not starts <= now < ends:
            return None
    elif now >= starts:
        day += timedelta(days=1)
    elif now >= ends:
        return None
    until = local_instant(day, ends, zone)
    # The hour that comes twice: its second run is past the first end and still before the wall says so.
    return (
        until
        if until > at
        else local.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0, fold=1).astimezone(
            UTC
        )
    )


def local_moments(
    tx: Tx, customer_ids: Sequence[int], wall: datetime, *, at: datetime, past: Past | None = None
) -> Mapping[int, datetime]:
    """The instant at which a clock on the wall shows this time where each person lives.

    For whom it has passed, it is now or the same time tomorrow; left out, as the policy says. An unknown zone
    is the workspace's.
    """
    past = past or sending_policy(tx).past_hour
    zones = zones_of(tx, customer_ids, access.zone(tx))
    moments = {zone: moment(wall, zone, at=at, past=past) for zone in set(zones.values())}
    return {number: moments[zone] for number, zone in zones.items()}


def moment(wall: datetime, zone: str, *, at: datetime, past: Past) -> datetime:
    """When the wall shows this time in one zone; a time that a clock change skips comes after the gap."""
    found = local_instant(wall.date(), wall.time(), zone)
    if found >= at:
        return found
    if past == "now":
        return at
    today = at.astimezone(ZoneInfo(zone)).date()
    later = local_instant(today, wall.time(), zone)
    return later if later >= at else local_instant(today + timedelta(days=1), wall.time(), zone)


def _clock(said: str) -> time:
    return time.fromisoformat(said)

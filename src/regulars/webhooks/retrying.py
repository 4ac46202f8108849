"""When a delivery is tried again, by the wall clock: the schedule that the Standard Webhooks recommend."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

SCHEDULE = tuple(
    timedelta(seconds=seconds)
    for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
TRIES_MAX = len(SCHEDULE)
JITTER = 0.1  # Of the pause, either way, so that what failed together does not come back together.
REST_MAX = timedelta(days=1)


def next_try(
    tries: int, now: datetime, *, draw: Callable[[], float], not_before: datetime | None = None
) -> datetime | None:
    """After so many tries that failed; None when that was the last. `draw` gives a number from 0 to 1.

    >>> from datetime import UTC
    >>> at = datetime(2025, 3, 1, 9, tzinfo=UTC)
    >>> next_try(1, at, draw=lambda: 0.5), next_try(10, at, draw=lambda: 0.5)
    (datetime.datetime(2025, 3, 1, 9, 0, 5, tzinfo=datetime.timezone.utc), None)
    """
    if tries >= TRIES_MAX:
        return None
    pause = SCHEDULE[tries] * (1 + JITTER * (2 * draw() - 1))
    return max(now + pause, not_before) if not_before else now + pause


def rest_until(retry_after: str | None, now: datetime) -> datetime | None:
    """What Retry-After asks for, as seconds or an instant, at most a day; None for what cannot be read."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        until = now + min(REST_MAX, timedelta(seconds=int(text[:9])))
    else:
        try:
            until = parsedate_to_datetime(text)
        except ValueError:
            return None
        if until.tzinfo is None:
            return None
    return min(until, now + REST_MAX) if until > now else None

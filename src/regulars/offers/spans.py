"""The calendar spans in which a pool's uses are limited, in the workspace's zone."""

from datetime import date, datetime

from regulars.kernel import local_day
from regulars.offers.model import VoucherPool

EVER = "ever"


def spans(pool: VoucherPool, at: datetime, zone: str) -> list[str]:
    """The tallies that count a use at this instant; in the order in which they are locked."""
    found = [EVER] if pool.uses is not None or pool.budget else []
    return sorted([*found, *(span(cap.per, local_day(at, zone)) for cap in pool.caps)])


def every(at: datetime, zone: str) -> list[str]:
    """All spans an instant lies in, limited or not: what is limited later counts what was before."""
    day = local_day(at, zone)
    return [EVER, *(span(per, day) for per in ("day", "week", "month", "quarter", "year"))]


def span(per: str, day: date) -> str:
    """The span that holds a day, by its first day, as in "month/2026-03-01".

    >>> span("week", date(2026, 3, 1))
    'week/2026-02-23'
    """
    first = {
        "day": day,
        "week": date.fromordinal(day.toordinal() - day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": day.replace(month=1, day=1),
    }[per]
    return f"{per}/{first.isoformat()}"


def limits(pool: VoucherPool, at: datetime, zone: str) -> dict[str, tuple[int | None, int | None]]:
    """For each of these spans the most uses, and the most money in minor units."""
    day = local_day(at, zone)
    found: dict[str, tuple[int | None, int | None]] = {
        span(cap.per, day): (cap.uses, None) for cap in pool.caps
    }
    if pool.uses is not None or pool.budget:
        found[EVER] = (pool.uses, pool.budget_minor)
    return found

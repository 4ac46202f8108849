"""When points of an award start and end, and the calendar spans in which caps count."""

from datetime import UTC, datetime, time, timedelta

from regulars.kernel import add_months, local_day, local_instant
from regulars.loyalty.earning_rule import CapPer
from regulars.loyalty.model import Programme
from regulars.loyalty.period import Period, shifted

EVER = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


def starts(programme: Programme, occurred_at: datetime, own: Period | None = None) -> datetime:
    """By a rule's own period, or the programme's."""
    period = own or programme.starts
    return shifted(occurred_at, period, programme.zone) if period else occurred_at


def ends(programme: Programme, active_from: datetime, own: Period | None = None) -> datetime | None:
    period = own or programme.valid
    return shifted(active_from, period, programme.zone) if period else None


def span_of(per: CapPer, at: datetime, zone: str) -> tuple[datetime, datetime] | None:
    """The calendar span of a zone that holds an instant; None: no span, but one order."""
    if per == "order":
        return None
    if per == "ever":
        return EVER
    day = local_day(at, zone)
    if per in ("day", "week"):
        first = day - timedelta(days=day.weekday() if per == "week" else 0)
        after = first + timedelta(days=7 if per == "week" else 1)
    else:
        months = MONTHS_OF[per]
        first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
        after = add_months(first, months)
    return local_instant(first, time(), zone), local_instant(after, time(), zone)

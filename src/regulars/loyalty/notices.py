"""Members are told of points that end soon: once for each day on which some end, with the sum."""

from datetime import datetime, timedelta

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, run, value
from regulars.kernel import local_day
from regulars.loyalty.live import Live, live
from regulars.loyalty.period import Period, shifted

KEPT = timedelta(days=60)


class Sql(Statements, file="notices.sql"):
    tell_expiring: Query
    forget: Query


SQL = Sql()


def tell_expiring_points(tx: Tx, at: datetime) -> int:
    """Tells of points that end within the notice of their programme; gives how many members and days."""
    hold(tx)
    run(tx, SQL.forget, day=local_day(at - KEPT, "UTC"))
    return sum(_tell(tx, programme, at) for programme in live(tx) if programme.programme.notice_days)


def _tell(tx: Tx, programme: Live, at: datetime) -> int:
    said = programme.programme
    until = shifted(at, Period(count=said.notice_days, unit="days"), programme.zone)
    ends = programme.spend_until
    return int(
        value(
            tx,
            SQL.tell_expiring,
            programme_id=programme.programme_id,
            zone=programme.zone,
            at=at,
            until=until,
            spend_until=ends,
            everything=said.inactive_after is not None or (ends is not None and ends <= until),
        )
    )

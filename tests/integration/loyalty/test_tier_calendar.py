"""The calendar that tiers go by in the database is the one of the kernel: every zone, leap days, changed clocks."""

from datetime import UTC, date, datetime, time, timedelta

from regulars.db import Tx
from regulars.kernel import add_months, local_day, local_instant

ZONES = ("America/New_York", "Europe/Berlin", "Atlantic/Azores", "America/Havana", "America/Sao_Paulo",
         "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")  # fmt: skip
DAYS = [date(2018, 1, 1) + timedelta(days=n) for n in range(366 * 2)]
ANCHORS = (date(2000, 1, 1), date(2016, 2, 29), date(2017, 1, 31), date(2017, 12, 31), date(2019, 6, 15))


def span(at: datetime, months: int, zone: str, anchor: date) -> tuple[datetime, datetime]:
    day = local_day(at, zone)
    number = 0
    step = 1 if day >= anchor else -1
    while not add_months(anchor, number * months) <= day < add_months(anchor, (number + 1) * months):
        number += step
    bounds = (add_months(anchor, (number + turn) * months) for turn in (0, 1))
    first, after = (local_instant(bound, time(), zone) for bound in bounds)
    return first, after


def test_days_begin_where_they_begin_for_the_kernel(tx: Tx) -> None:
    for zone in ZONES:
        found = tx.execute(
            "select loyalty.day_start(d, %s) from unnest(%s::date[]) with ordinality x (d, n) order by n",
            (zone, DAYS),
        ).fetchall()

        assert [row[0] for row in found] == [local_instant(day, time(), zone) for day in DAYS], zone


def test_spans_of_months_are_counted_from_any_day(tx: Tx) -> None:
    instants = [datetime(2018, 1, 1, 3, 30, tzinfo=UTC) + timedelta(days=5 * n, hours=n) for n in range(150)]
    for zone in ZONES[:3]:
        for anchor in ANCHORS:
            for months in (1, 5, 12):
                found = tx.execute(
                    "select s.starts, s.ends from unnest(%s::timestamptz[]) with ordinality x (at, n)"
                    " cross join lateral loyalty.span_of(%s, %s, %s, x.at, 0) s order by n",
                    (instants, months, zone, anchor),
                ).fetchall()

                assert found == [span(at, months, zone, anchor) for at in instants], (zone, anchor, months)


def test_a_day_told_as_text_is_read_or_nothing(tx: Tx) -> None:
    told = ["1984-02-29", "2025-02-30", "2025-13-01", "x", "2025-04-31T10:00:00Z", None]

    found = tx.execute(
        "select loyalty.day_of(t) from unnest(%s::text[]) with ordinality x (t, n) order by n", (told,)
    )

    assert [row[0] for row in found.fetchall()] == [
        date(1984, 2, 29), date(2025, 2, 28), None, None, date(2025, 4, 30), None,
    ]  # fmt: skip

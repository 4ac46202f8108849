"""When a timer falls due next, by the local calendar."""

from datetime import UTC, datetime, time

import pytest

from regulars.jobs import Timer


def timer(**given) -> Timer:
    return Timer(
        **{"name": "t", "every": "day", "zone": "America/New_York", "run": lambda tx, due: None} | given
    )


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "after", "expected"),
    [
        ({"at": time(3)}, utc(2025, 1, 10, 7, 59), utc(2025, 1, 10, 8)),
        ({"at": time(3)}, utc(2025, 1, 10, 8), utc(2025, 1, 11, 8)),
        ({"at": time(23, 59)}, utc(2025, 1, 11, 4, 58), utc(2025, 1, 11, 4, 59)),
        ({"every": "week", "weekday": 2}, utc(2025, 1, 10, 12), utc(2025, 1, 15, 5)),
        ({"every": "week", "weekday": 4, "at": time(3)}, utc(2025, 1, 10, 9), utc(2025, 1, 17, 8)),
        ({"every": "month", "day": 31}, utc(2025, 1, 31, 5), utc(2025, 2, 28, 5)),
        ({"every": "month", "day": 31}, utc(2025, 2, 28, 5), utc(2025, 3, 31, 4)),
        ({"every": "month"}, utc(2025, 12, 15), utc(2026, 1, 1, 5)),
        ({"every": "hour", "at": time(0, 30)}, utc(2025, 1, 10, 7, 30), utc(2025, 1, 10, 8, 30)),
    ],
)
def test_next_occurrence_follows_the_local_calendar(given, after, expected):
    assert timer(**given).next_due(after) == expected


def test_each_local_day_of_a_year_has_one_occurrence_also_when_clocks_change():
    daily = timer(at=time(2, 30))
    due, days = utc(2025, 1, 1), []

    while (due := daily.next_due(due)) < utc(2026, 1, 1):
        days.append(due)

    from zoneinfo import ZoneInfo

    local = [d.astimezone(ZoneInfo("America/New_York")) for d in days]
    assert len({d.date() for d in local}) == len(days) == 365
    assert {(d.hour, d.minute) for d in local} == {(2, 30), (3, 30)}  # 3:30 on the day without a 2:30.
    assert sum(d.hour == 3 for d in local) == 1

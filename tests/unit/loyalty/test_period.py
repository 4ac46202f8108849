"""Periods end by the local calendar, whatever the clocks do."""

from datetime import UTC, datetime

import pytest

from regulars.loyalty import Period, shifted
from regulars.loyalty.period import in_words

NEW_YORK = "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "period", "over"),
    [
        # The behaviour another system documents for 12 October 2024 07:20:50, here in UTC.
        ("2024-10-12 07:20:50", Period(count=1, unit="days"), "2024-10-13 07:20:50"),
        ("2024-10-12 07:20:50", Period(count=1, unit="days", round_to="start_of_day"), "2024-10-13 00:00"),
        ("2024-10-12 07:20:50", Period(count=1, unit="days", round_to="end_of_day"), "2024-10-14 00:00"),
        ("2024-10-12 07:20:50", Period(count=1, unit="weeks"), "2024-10-19 07:20:50"),
        ("2024-10-12 07:20:50", Period(count=1, unit="weeks", round_to="end_of_week"), "2024-10-21 00:00"),
        ("2024-10-12 07:20:50", Period(count=1, unit="months"), "2024-11-12 07:20:50"),
        ("2024-10-12 07:20:50", Period(count=1, unit="months", round_to="end_of_month"), "2024-12-01 00:00"),
        ("2024-10-12 07:20:50", Period(count=0, unit="days", round_to="end_of_quarter"), "2025-01-01 00:00"),
        (
            "2024-05-12 07:20:50",
            Period(count=0, unit="days", round_to="end_of_half_year"),
            "2024-07-01 00:00",
        ),
        ("2024-05-12 07:20:50", Period(count=1, unit="years", round_to="end_of_year"), "2026-01-01 00:00"),
        ("2024-05-12 07:20:50", Period(count=90, unit="seconds"), "2024-05-12 07:22:20"),
        ("2024-05-12 07:20:50", Period(count=45, unit="minutes"), "2024-05-12 08:05:50"),
        ("2024-05-12 07:20:50", Period(count=20, unit="hours", round_to="end_of_day"), "2024-05-14 00:00"),
    ],
)
def test_a_period_ends_where_its_policy_says(start: str, period: Period, over: str) -> None:
    assert shifted(utc(start), period, "UTC") == utc(over)


@pytest.mark.parametrize(
    ("start", "over"),
    [("2025-01-31", "2025-02-28"), ("2024-01-31", "2024-02-29"), ("2025-03-31", "2025-04-30")],
)
def test_a_month_clips_to_the_last_day(start: str, over: str) -> None:
    assert shifted(utc(start), Period(count=1, unit="months"), "UTC") == utc(over)


def test_a_leap_day_and_a_year_is_the_28th() -> None:
    assert shifted(utc("2024-02-29"), Period(count=1, unit="years"), "UTC") == utc("2025-02-28")


def test_a_day_keeps_the_wall_time_when_the_clocks_change() -> None:
    before = utc("2025-03-08 17:00")  # Noon in New York; the next day has 23 hours.

    assert shifted(before, Period(count=1, unit="days"), NEW_YORK) == utc("2025-03-09 16:00")


def test_a_wall_time_that_is_skipped_moves_forward() -> None:
    half_past_two = utc("2025-03-08 07:30")

    assert shifted(half_past_two, Period(count=1, unit="days"), NEW_YORK) == utc("2025-03-09 07:30")


def test_the_end_of_a_day_is_local_and_survives_the_change_of_the_clocks() -> None:
    late_evening = utc("2025-11-02 03:30")  # 1 November 23:30 in New York, the day before the clocks go back.
    period = Period(count=1, unit="days", round_to="end_of_day")

    assert shifted(late_evening, period, NEW_YORK) == utc("2025-11-03 05:00")


def test_a_validity_reads_as_a_sentence() -> None:
    assert (
        in_words(Period(count=6, unit="months", round_to="end_of_month"))
        == "the end of the sixth month after"
    )
    assert in_words(Period(count=30, unit="days")) == "30 days"
    assert (
        in_words(Period(count=1, unit="years", round_to="end_of_quarter"))
        == "the end of the quarter that is 1 year after"
    )


def test_hours_are_as_long_as_they_are_where_the_clocks_change() -> None:
    back = utc("2024-11-03 05:30")  # The first of the two 01:30 in New York.

    found = [shifted(back, Period(count=n, unit="hours"), NEW_YORK) for n in (1, 2)]

    assert found == [utc("2024-11-03 06:30"), utc("2024-11-03 07:30")]
    assert in_words(Period(count=1, unit="hours")) == "1 hour"

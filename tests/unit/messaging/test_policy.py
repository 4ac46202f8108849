"""What a sending policy says and where it counts from: zones, weeks, clock changes, findings."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.messaging import STARTING_POLICY, Cap, QuietHours, SendingPolicy
from regulars.messaging.policy import findings, sentence
from regulars.messaging.windows import counts_since, moment, quiet_until


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cap", "at", "zone", "since"),
    [
        (Cap(n=1, per="day"), "2025-06-04T23:30", "Europe/Berlin", "2025-06-04T22:00"),
        (Cap(n=1, per="day"), "2025-06-04T03:59", "America/New_York", "2025-06-03T04:00"),
        # A week begins on Monday, by the customer's clock: it is still Sunday there.
        (Cap(n=1), "2025-06-02T03:00", "America/New_York", "2025-05-26T04:00"),
        (Cap(n=1), "2025-06-02T03:00", "Asia/Tokyo", "2025-06-01T15:00"),
        (Cap(n=1, per="month"), "2025-03-31T23:00", "Europe/Berlin", "2025-03-31T22:00"),
        # The day of the clock change has 23 hours, the week 167.
        (Cap(n=1, per="day"), "2025-03-30T20:00", "Europe/Berlin", "2025-03-29T23:00"),
        (Cap(n=1), "2025-03-31T10:00", "Europe/Berlin", "2025-03-30T22:00"),
        (Cap(n=1, per="day"), "2025-10-26T22:30", "Europe/Berlin", "2025-10-25T22:00"),
        (Cap(n=1, per="hours", hours=36), "2025-03-30T12:00", "Europe/Berlin", "2025-03-29T00:00"),
    ],
)
def test_a_cap_counts_from_the_customers_own_midnight(cap, at, zone, since):
    assert counts_since(cap, utc(at), zone) == utc(since)


FROM, TO = datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2026-12-31")
NIGHT = QuietHours(starts="21:00", ends="08:00")


@pytest.mark.parametrize(
    ("quiet", "at", "zone", "until"),
    [
        (NIGHT, "2025-06-04T19:00", "Europe/Berlin", "2025-06-05T06:00"),  # 21:00 there.
        (NIGHT, "2025-06-04T18:59", "Europe/Berlin", None),
        (NIGHT, "2025-06-05T05:59", "Europe/Berlin", "2025-06-05T06:00"),
        (NIGHT, "2025-06-05T06:00", "Europe/Berlin", None),
        # In the night in which the clock goes forward they are an hour shorter, in the other an hour longer.
        (NIGHT, "2025-03-29T20:00", "Europe/Berlin", "2025-03-30T06:00"),
        (NIGHT, "2025-10-25T19:00", "Europe/Berlin", "2025-10-26T07:00"),
        (QuietHours(starts="12:00", ends="14:00"), "2025-06-04T11:00", "Europe/London", "2025-06-04T13:00"),
        # 02:30 does not come that night: they end after the gap, and have ended at 03:10.
        (QuietHours(starts="22:00", ends="02:30"), "2025-03-30T00:50", "Europe/Berlin", "2025-03-30T01:30"),
        (QuietHours(starts="22:00", ends="02:30"), "2025-03-30T01:35", "Europe/Berlin", None),
        # 02:30 comes twice that night: at the second 02:10 it is quiet until the second 02:30.
        (QuietHours(starts="22:00", ends="02:30"), "2025-10-26T00:10", "Europe/Berlin", "2025-10-26T00:30"),
        (QuietHours(starts="22:00", ends="02:30"), "2025-10-26T01:10", "Europe/Berlin", "2025-10-26T01:30"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(quiet, at, zone, until):
    assert quiet_until(quiet, utc(at), zone) == (utc(until) if until else None)


@given(
    at=st.datetimes(FROM, TO, timezones=st.just(UTC)),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
    starts=st.integers(0, 47),
    length=st.integers(1, 47),
)
def test_when_quiet_hours_end_they_have_ended(at, zone, starts, length):
    half_hours = [f"{half // 2:02}:{half % 2 * 30:02}" for half in range(48)]
    quiet = QuietHours(starts=half_hours[starts], ends=half_hours[(starts + length) % 48])

    until = quiet_until(quiet, at, zone)

    if until is not None:
        assert until > at
        assert (until - at).total_seconds() <= 25 * 3600
        assert quiet_until(quiet, until, zone) is None


@pytest.mark.parametrize(
    ("wall", "zone", "at", "past", "found"),
    [
        ("2025-06-05T09:00", "Asia/Tokyo", "2025-06-04T12:00", "now", "2025-06-05T00:00"),
        ("2025-06-05T09:00", "Asia/Tokyo", "2025-06-05T03:00", "now", "2025-06-05T03:00"),
        ("2025-06-05T09:00", "Asia/Tokyo", "2025-06-05T03:00", "tomorrow", "2025-06-06T00:00"),
        ("2025-03-30T02:30", "Europe/Berlin", "2025-03-29T00:00", "now", "2025-03-30T01:30"),
        ("2025-10-26T02:30", "Europe/Berlin", "2025-10-25T00:00", "now", "2025-10-26T00:30"),
    ],
)
def test_a_local_moment_comes_once_for_each_zone(wall, zone, at, past, found):
    assert moment(datetime.fromisoformat(wall), zone, at=utc(at), past=past) == utc(found)


def test_the_policy_is_said_in_one_sentence():
    body = SendingPolicy(
        title="All",
        caps=(Cap(n=1, per="day"), Cap(n=2, channel="sms", topic="news"), Cap(n=5, per="hours", hours=48)),
        quiet_hours=(NIGHT, QuietHours(starts="12:00", ends="13:00", then="skip", channels=("sms",))),
        competing_hours=4,
        holdout_percent=2.5,
    )

    assert sentence(body) == (
        "Marketing to one customer: at most 1 message a calendar day, 2 text messages about “news” a calendar week "
        "and 5 messages in 48 hours; nothing from 21:00 to 08:00 by their clock (it waits until 08:00); nothing by "
        "text message from 12:00 to 13:00 by their clock (it is not sent); of several within 4 hours only the one of "
        "the highest priority; 2.5% of all customers hear nothing, for comparison. What somebody ordered or asked for "
        "is exempt."
    )
    assert sentence(SendingPolicy(title="None")).startswith("Marketing may go to everybody")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (SendingPolicy(title=" "), "title"),
        (SendingPolicy(title="x", caps=(Cap(n=1, per="hours"),)), "caps.0.hours"),
        (SendingPolicy(title="x", caps=(Cap(n=1, hours=3),)), "caps.0.hours"),
        (SendingPolicy(title="x", caps=(Cap(n=1), Cap(n=1))), "caps"),
        (SendingPolicy(title="x", caps=tuple(Cap(n=n) for n in range(1, 12))), "caps"),
        (
            SendingPolicy(title="x", quiet_hours=(QuietHours(starts="9", ends="25:00"),)),
            "quiet_hours.0.starts",
        ),
        (SendingPolicy(title="x", quiet_hours=(QuietHours(starts="09:00", ends="09:00"),)), "quiet_hours.0"),
        (SendingPolicy(title="x", holdout_salt=" "), "holdout_salt"),
        (SendingPolicy(title="x", test_addresses=("ann@example.com", "no one")), "test_addresses.1"),
    ],
)
def test_what_is_wrong_is_found_at_its_place(body, path):
    assert path in [one.path for one in findings(body)]


def test_the_ready_made_policy_has_nothing_to_mend():
    assert findings(STARTING_POLICY) == []

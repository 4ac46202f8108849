"""A key's allowance over time, and the room for bodies that wait."""

import pytest

from regulars.intake.answers import Refused
from regulars.intake.limits import Allowance, Room


class Now:
    at = 100.0

    def __call__(self) -> float:
        return self.at


def test_a_key_may_send_ten_seconds_worth_at_once_and_then_its_rate():
    now = Now()
    allowance = Allowance(100, now)
    allowance.take(1_000)

    with pytest.raises(Refused) as told:
        allowance.take(250)
    now.at += 2.5
    allowance.take(250)

    assert told.value.status == 429
    assert told.value.headers == {"retry-after": "3", "x-ratelimit-reset": "3"}


def test_what_is_refused_takes_nothing_away():
    now = Now()
    allowance = Allowance(10, now)
    allowance.take(95)
    for _ in range(50):
        with pytest.raises(Refused):
            allowance.take(50)

    allowance.take(5)


def test_a_request_larger_than_any_burst_waits_for_a_full_one_and_is_taken():
    now = Now()
    allowance = Allowance(1, now)
    allowance.take(500)
    with pytest.raises(Refused):
        allowance.take(500)

    now.at += 10
    allowance.take(500)


def test_room_is_bounded_and_comes_back():
    room = Room(100)
    room.take(60)
    with pytest.raises(Refused) as told:
        room.take(50)
    room.give_back(60)
    room.take(100)

    assert told.value.status == 503

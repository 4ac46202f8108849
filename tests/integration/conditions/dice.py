"""Histories and conditions drawn by dice, with many ties: moments often stand exactly at the edge of a window.

Everything is drawn from a `random.Random`, so that a seed gives it again, and Hypothesis can hand in dice of its
own and make what it found smaller.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.integration.conditions.history import (
    Product,
)
from tests.integration.conditions.naive_times import begin

# Instants beside changes of the clocks: an hour that is not there, one that is twice, one of thirty minutes.
PLACES = (
    ("Europe/Berlin", datetime(2025, 3, 30, 1, 30, tzinfo=UTC)),
    ("America/New_York", datetime(2025, 11, 3, 5, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2024, 2, 29, 18, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2025, 4, 5, 15, 15, tzinfo=UTC)),
    ("America/Santiago", datetime(2025, 9, 7, 12, tzinfo=UTC)),  # Whose clocks go forward at midnight.
    ("UTC", datetime(2025, 3, 1, tzinfo=UTC)),
)
TRICKY = (
    "a",
    "A",
    "'; drop table x; --",
    "%(at)s {} %",
    "é",
    "\\",
    '"',
    "",
    "ab",
    "100%",
    "$p0",
    ":p0",
    "a_b",
)
NUMBERS = (0, 1, 1.0, 2.5, -1, 3, 0.25, -0.0)
LARGE = (1e300, 1.5e308, -1.5e308, 2**53 + 1, 10**20)  # Told, but not asked for.
DATES = (
    "2025-03-30", "2024-02-29", "2000-11-03", "2025-11-02", "2025-03-01", "2025-02-28", "2024-03-01", "2025-04-06",
    "2025-09-07", "2025-03-30T01:30:00Z", "2025-11-03T00:00:00-05:00", "2025-03-29T23:59:59.999999+00:00",
    "2024-02-29 18:30Z", "1984-02-29T22:00:00+05:30", "2025-12-31T23:30-02:00", "0001-01-01", "9999-12-31",
)  # fmt: skip
COMMON = ("a", "ab", 1, 1.0, 2.5, 3, True, "2025-03-01")  # So that what is asked is often what was told.
NO_DATES = (
    "2025-02-30", "2025-2-3", " 2025-03-01", "2025-03-01T10:00", "2025-03-01T25:00Z", "2025-03-01T10:00+99:00",
    "2025-03-01x", "20250301", "2025-03-01T10:00:60Z", "2025-13-01", "0000-01-01", "yesterday", "now", "infinity",
    "2025-03-01T24:00Z", "2025-03-01T10:00:00.1234567Z", "2025-W01-1",
)  # fmt: skip
TRAITS = ("x", "y'\"%s", "{z}", "a", "a.b", "birthday", "renewal", "tags", "nothing")
NAMES = ("Seen", "Added", "Bought it", "Größe")
PATHS = ("p", "q", "in.side", "in.side.deep", "q'\"%s", "list", "never")
CURRENCIES = ("EUR", "JPY")
CHANNELS, TOPICS = ("email", "sms"), ("", "news")
KINDS = ("user_id", "anonymous_id", "email", "phone", "card")
STORES, COUPONS = ("s1", "s'2"), ("TEN", "ten")
PRODUCTS = ("tea", "cup", "pot'")
CATALOGUE = {
    "tea": Product(category="drink", department="food", brand="b'1"),
    "cup": Product(category=None, department="home"),
    "pot'": Product(category="drink"),
}
SEGMENTS, LISTS = ("seg-a", "seg-b"), ("list-a", "list-b")
APPROACH, STAGES = "rings", ("in", "mid", "out")
SALTS = ("'", "salt", "s:'1")
DAY = timedelta(days=1)


class Dice:
    def __init__(self, dice: Random, zone: str, at: datetime) -> None:
        self.dice, self.zone, self.at = dice, zone, at

    def one(self, values: Sequence[Any]) -> Any:
        return values[self.dice.randrange(len(values))]

    def some(self, values: Sequence[Any], most: int = 3) -> tuple[Any, ...]:
        return tuple(self.one(values) for _ in range(self.dice.randint(1, most)))

    def often(self, in_ten: int) -> bool:
        return self.dice.randrange(10) < in_ten

    def moment(self, *, ahead: int = 1) -> datetime:
        """Often on the edge of a window, some days back; sometimes ahead."""
        back = timedelta(days=self.dice.randint(-ahead, 9))
        base = self.at - back
        kind = self.dice.randrange(6)
        if kind == 0:
            base = begin(base.astimezone(ZoneInfo(self.zone)).date(), self.zone)
        elif kind == 1:
            base = self.at - timedelta(hours=self.dice.randint(0, 30))
        elif kind == 2:
            base = self.at - timedelta(days=self.dice.choice([28, 30, 31, 59, 90, 181, 365, 366]))
        off = self.one((0, 0, 0, 1, -1, 1_800_000_000, 3_600_000_000, -7_200_000_000))
        return base + timedelta(microseconds=off)

    def scalar(self) -> Any:
        return self.one(self.one((COMMON, COMMON, COMMON, TRICKY, NUMBERS, (True, False), DATES)))

    def json(self) -> Any:
        kind = self.dice.randrange(12)
        if kind == 0:
            return None
        if kind == 1:
            return [self.one((*COMMON, *TRICKY, *NUMBERS, None, "1")) for _ in range(self.dice.randint(0, 3))]
        if kind == 2:
            return {"side": self.one((1, "a", None, {"deep": self.scalar()}))}
        return self.one((*NO_DATES, *LARGE)) if kind == 3 else self.scalar()

    def of_trait(self, name: str) -> Any:
        if name == "a" and self.often(5):
            return {"b": self.json()}
        if name in ("birthday", "renewal") and self.often(7):
            return self.one(DATES) if self.often(6) else self.near_date()
        if name == "tags" and self.often(7):
            return [self.one((*COMMON, *TRICKY, *NUMBERS, None)) for _ in range(self.dice.randint(0, 4))]
        return self.json()

    def near_date(self) -> str:
        day = self.at.astimezone(ZoneInfo(self.zone)).date() + self.dice.randint(-4, 4) * DAY
        if self.often(5):
            return day.isoformat()
        return self.moment().astimezone(ZoneInfo(self.zone)).isoformat()

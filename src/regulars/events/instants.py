"""Instants as clients write them: ISO 8601 in its usual forms, and milliseconds or seconds since 1970."""

import re
from datetime import UTC, datetime
from decimal import Decimal

SIGNS_MAX = 40
# Smaller numbers are seconds: as milliseconds they would lie before March 1973.
MILLISECONDS_FROM = 100_000_000_000
NUMBER = re.compile(r"-?[0-9]{1,17}(?:\.[0-9]{1,9})?")
# datetime.fromisoformat takes the rest: fractions of any length, with and without separators, week dates.
NAMED_ZONE = re.compile(r" ?(?:UTC|GMT)$")


def parse_instant(said: object) -> datetime | None:
    """The instant in UTC, or None when it cannot be read; without a zone it counts as UTC.

    >>> parse_instant("2026-03-29T01:30:00.250+02:00")
    datetime.datetime(2026, 3, 28, 23, 30, 0, 250000, tzinfo=datetime.timezone.utc)
    """
    try:
        if isinstance(said, str):
            return _of_text(said)
        if isinstance(said, datetime):
            return _in_utc(said)
        if isinstance(said, int | float | Decimal) and not isinstance(said, bool):
            return _of_number(Decimal(said))
    except (ValueError, OverflowError, ArithmeticError):
        pass
    return None


def _of_text(said: str) -> datetime:
    try:
        read = datetime.fromisoformat(said)
    except ValueError:
        text = said[: SIGNS_MAX + 1].strip().upper()
        if len(text) > SIGNS_MAX:
            raise
        if NUMBER.fullmatch(text):
            return _of_number(Decimal(text))
        read = datetime.fromisoformat(NAMED_ZONE.sub("Z", text))
    return _in_utc(read)


def _in_utc(read: datetime) -> datetime:
    if read.tzinfo is UTC:
        return read
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def _of_number(number: Decimal) -> datetime:
    seconds = number / 1000 if abs(number) >= MILLISECONDS_FROM else number
    whole, rest = divmod(seconds, 1)
    return datetime.fromtimestamp(int(whole), UTC).replace(microsecond=int(rest * 1_000_000) % 1_000_000)

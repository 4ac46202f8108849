"""Checks that several parts of a programme share, each giving what is wrong at its place and what to do."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from regulars.conditions import Condition, check
from regulars.kernel import CURRENCIES, Finding, minor_digits
from regulars.loyalty.model import Programme
from regulars.loyalty.period import Period, shifted

PERIOD_MAX = 36_500
POINTS_MAX = 10**9
AMOUNT_MAX = Decimal(10) ** 12
DIGITS_OF_OTHER = 3  # What is not money is counted in thousandths.
FACTOR_MAX = 100
NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)


def unique(path: str, keys: Sequence[str]) -> Iterator[Finding]:
    for key, count in Counter(keys).items():
        if count > 1 or not key:
            yield Finding(
                path=path, code="repeated", message=f"{key!r} stands {count} times; give each its own."
            )


def filled(path: str, text: str) -> Iterator[Finding]:
    if not text.strip():
        yield Finding(path=path, code="empty", message="Write something here.")


def names(path: str, several: Sequence[str]) -> Iterator[Finding]:
    """What is listed is named, and each once."""
    for n, one in enumerate(several):
        yield from filled(f"{path}[{n}]", one)
    for name, count in Counter(several).items():
        if count > 1 and name.strip():
            message = f"{name!r} stands {count} times; once is enough."
            yield Finding(path=path, code="repeated", message=message)


def within(path: str, number: int, least: int, most: int, what: str = "") -> Iterator[Finding]:
    if not least <= number <= most:
        message = f"Between {least:,} and {most:,}{what and ' ' + what}; found {number:,}."
        yield Finding(path=path, code="range", message=message)


def iso_money(path: str, money: str) -> Iterator[Finding]:
    if money not in CURRENCIES:
        message = f"{money[:10]!r} is no ISO currency; write one such as USD."
        yield Finding(path=path, code="unknown", message=message)


def above_zero(path: str, text: str, digits: int, message: str) -> Iterator[Finding]:
    """A decimal text above zero, of at most so many digits after the point."""
    amount = decimal(text)
    if amount is None or not 0 < amount <= AMOUNT_MAX:
        yield Finding(path=path, code="range", message=f"{message}; found {text!r}.")
    elif amount.scaleb(digits) != int(amount.scaleb(digits)):
        told = f"{text!r} has more than {digits} digits after the point; write no more."
        yield Finding(path=path, code="digits", message=told)


def amount_of_money(path: str, text: str, money: str, message: str) -> Iterator[Finding]:
    yield from above_zero(path, text, minor_digits(money), message)


def decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def factor(path: str, text: str) -> Iterator[Finding]:
    number = decimal(text)
    if number is None or not 0 <= number <= FACTOR_MAX or number * 100 != int(number * 100):
        message = f"A multiplier is 0 to {FACTOR_MAX} with at most two digits; found {text!r}."
        yield Finding(path=path, code="range", message=message)


def currency(programme: Programme, code: str, path: str, *, spendable: bool = False) -> Iterator[Finding]:
    found = programme.currency(code)
    if found is None:
        known = ", ".join(one.code for one in programme.currencies)
        message = f"The programme has no currency {code!r}; it has {known or 'none'}."
        yield Finding(path=path, code="unknown", message=message)
    elif spendable and found.kind == "tier":
        message = f"{found.name.capitalize()} count for tiers and are never spent; choose another currency."
        yield Finding(path=path, code="never_spent", message=message)


def tier_names(programme: Programme) -> list[str]:
    return [f"{one.key}/{tier.name}" for one in programme.tier_sets for tier in one.tiers]


def tiers(programme: Programme, several: Sequence[str], path: str) -> Iterator[Finding]:
    known = tier_names(programme)
    yield from names(path, several)
    for n, name in enumerate(several):
        if name.strip() and name not in known:
            has = f"it has {', '.join(known)}" if known else "it has no tiers"
            message = f"The programme has no tier {name!r}; {has}. Write set and tier, as in club/Gold."
            yield Finding(path=f"{path}[{n}]", code="unknown", message=message)


def condition(who: Condition | None, path: str) -> list[Finding]:
    return [] if who is None else check(who, path)


def period(path: str, asked: Period | None, *, least: int = 0) -> Iterator[Finding]:
    if asked is not None:
        yield from within(f"{path}.count", asked.count, least, PERIOD_MAX)


def validity(path: str, asked: Period | None, zone: str) -> Iterator[Finding]:
    """A period in which something can be spent: it ends after it began."""
    found = list(period(path, asked))
    yield from found
    if asked is None or found or not known_zone(zone):
        return
    try:
        over = shifted(NOON, asked, zone) <= NOON
    except (ValueError, OverflowError):
        message = "That is beyond the calendar; choose less."
        yield Finding(path=f"{path}.count", code="range", message=message)
        return
    if over:
        message = "Points would expire before they can be spent; choose a longer period."
        yield Finding(path=path, code="range", message=message)


def known_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

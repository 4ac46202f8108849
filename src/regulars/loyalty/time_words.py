"""When points can be spent and how long, in sentences."""

from datetime import datetime
from zoneinfo import ZoneInfo

from regulars.loyalty.period import Period, in_words


def starting(starts: Period | None) -> str:
    if starts is None:
        return "Spendable at once."
    if starts.round_to.startswith("end_of"):
        return f"Spendable from {in_words(starts)}."
    return f"Spendable after {in_words(starts)}."


def validity(valid: Period | None) -> str:
    if valid is None:
        return "Valid for ever."
    if valid.round_to.startswith("end_of"):
        return f"Valid to {in_words(valid)}."
    return f"Valid for {in_words(valid)}."


def days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"


def months(number: int) -> str:
    return f"{number} month{'' if number == 1 else 's'}"


def said_instant(instant: datetime, zone: str) -> str:
    """As in "1 December 2026 at 00:00 (Europe/Berlin)"."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y at %H:%M} ({zone})"

"""The page's own words by language, from words.toml; months and days are the preference centre's."""

import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from regulars import preferences
from regulars.kernel import local_day
from regulars.loyalty import Currency
from regulars.preferences import Words

FALLBACK = "en"


def _read() -> dict[str, Words]:
    tables = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
    return {
        language: Words(language, preferences.LANGUAGES[language].table | table)
        for language, table in tables.items()
    }


LANGUAGES = _read()


def words(language: str) -> Words:
    return LANGUAGES.get(language, LANGUAGES[FALLBACK])


def day(spoken: Words, instant: datetime, zone: str) -> str:
    return spoken.day(local_day(instant, zone))


def figure(spoken: Words, amount: int, scale: int = 0) -> str:
    """A number as it is written in the language."""
    written = f"{Decimal(amount).scaleb(-scale):,.{scale}f}"
    marks = {",": str(spoken.table["thousands"]), ".": str(spoken.table["decimal"])}
    return "".join(marks.get(sign, sign) for sign in written)


def amount_of(spoken: Words, amount: int, coin: Currency) -> str:
    """As in "1,250 points"; the currency's name is the company's own."""
    return f"{figure(spoken, amount, coin.scale)} {coin.name}"

"""The page's own words by language, from words.toml."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Words:
    language: str
    table: dict[str, Any]

    def __call__(self, name: str, **given: object) -> str:
        """A sentence with its places filled in."""
        text: str = self.table[name]
        return text.format(**given) if given else text

    def channel(self, name: str) -> str:
        """As in "by e-mail"; a channel nobody wrote words for goes by its name."""
        return str(self.table.get(f"channel_{name}", name))

    def day(self, day: date) -> str:
        months: Sequence[str] = self.table["months"]
        return self("date", day=day.day, month=months[day.month - 1], year=day.year)


def _read() -> dict[str, Words]:
    tables = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
    return {language: Words(language, table) for language, table in tables.items()}


LANGUAGES = _read()


def words(language: str) -> Words:
    return LANGUAGES.get(language, LANGUAGES[FALLBACK])


def chosen(offered: Sequence[str], wanted: Sequence[str], otherwise: str) -> str:
    """The first wanted language that is offered, by its main part.

    >>> chosen(["en", "de"], ["fr-CA", "de-AT"], "en")
    'de'
    """
    mains = (one.strip().lower().replace("_", "-").partition("-")[0] for one in wanted)
    return next((one for one in mains if one in offered), otherwise)


def accepted(header: str) -> list[str]:
    """What a browser asks for, the best first; what it does not want is left out.

    >>> accepted("en;q=0.5, de-DE, *;q=0")
    ['de-DE', 'en']
    """
    found: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        name, _, quality = part.partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if weight > 0 and name.strip():
            found.append((weight, name.strip()))
    return [name for _, name in sorted(found, key=lambda one: -one[0])]

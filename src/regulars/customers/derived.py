"""What is derived in Python from traits and identifiers: displayed columns and search terms.

Folding happens here and not in the database, so that every server compares alike.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from regulars.customers.normalising import normalise
from regulars.kernel import fold

NOT_DIGITS = re.compile(r"\D+")
PHONE_LIKE = re.compile(r"[\d\s()+./-]+")
PHONE_DIGITS_MIN = 5
TERM_SIGNS_MAX = 44  # So that a cursor can hold one in any script.
LAST_SIGN = chr(0x10FFFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Displayed:
    name: str | None
    email: str | None
    phone: str | None

    @property
    def name_folded(self) -> str | None:
        return fold(self.name) if self.name else None

    @property
    def email_folded(self) -> str | None:
        return fold(self.email) if self.email else None


def displayed(traits: dict[str, Any]) -> Displayed:
    """The columns shown, from the traits' usual names in the tracking specification."""
    halves = [_text(traits, "first_name", "firstName"), _text(traits, "last_name", "lastName")]
    return Displayed(
        name=_text(traits, "name") or " ".join(half for half in halves if half) or None,
        email=_text(traits, "email"),
        phone=_text(traits, "phone"),
    )


def _text(traits: dict[str, Any], *names: str) -> str | None:
    for name in names:
        value = traits.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return None


def terms(shown: Displayed, identifiers: Iterable[str], region: str = "") -> set[str]:
    """Everything a person may type to find the customer, each matched by its beginning.

    A phone number is found as it was written and, when it is one, with its country code.
    """
    found = {fold(value) for value in identifiers}
    found |= set((shown.name_folded or "").split())
    found |= {shown.email_folded or "", digits(shown.phone or ""), _whole_number(shown.phone, region)}
    return {term[:TERM_SIGNS_MAX] for term in found if term}


def _whole_number(phone: str | None, region: str) -> str:
    whole = normalise("phone", phone, region) if phone else ""
    return whole.removeprefix("+") if isinstance(whole, str) else ""


def digits(text: str) -> str:
    return NOT_DIGITS.sub("", text)


def words(text: str) -> list[str]:
    """A search text cut into the beginnings that must all match, the longest first.

    >>> words("Müller  an"), words("+1 (555) 010-44")
    (['muller', 'an'], ['155501044'])
    """
    number = digits(text)
    if PHONE_LIKE.fullmatch(text.strip()) and len(number) >= PHONE_DIGITS_MIN:
        return [number]
    return sorted((word[:TERM_SIGNS_MAX] for word in fold(text).split()), key=lambda w: (-len(w), w))

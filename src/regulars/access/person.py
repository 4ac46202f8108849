"""One person: who they are here, and what is wrong with what was typed about them."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from regulars.access.actor import Actor
from regulars.access.errors import InvalidPerson
from regulars.access.levels import FUNCTIONS, HIGHEST, LOWEST, level_words
from regulars.kernel import Finding, public_id

EMAIL_SIGNS_MAX: Final = 254
NAME_SIGNS_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    person_id: int
    email: str
    name: str
    level: int
    function: str
    scope: str | None  # None is everything.
    active: bool
    deputy_id: int | None
    deputy_from: datetime | None
    deputy_to: datetime | None  # Not counted.
    has_password: bool  # False until the invitation is accepted.
    created_at: datetime

    @property
    def public_id(self) -> str:
        return public_id("per", self.person_id)

    @property
    def level_words(self) -> str:
        return level_words(self.level)

    def actor(self, via: str, *, solo: bool = False) -> Actor:
        return Actor(
            person_id=self.person_id,
            name=self.name,
            level=self.level,
            function=self.function,
            scope=self.scope,
            via=via,
            solo=solo,
        )

    def facts(self) -> dict[str, object]:
        """What the audit keeps of a person."""
        names = ("email", "name", "level", "function", "scope", "active")
        return {name: getattr(self, name) for name in names}


def fold_email(email: str) -> str:
    """The form in which two addresses are one; accents stay, for they tell mailboxes apart.

    >>> fold_email(" José@Shop.Example ")
    'josé@shop.example'
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).casefold()).strip()


def check_person(*, email: str, name: str, level: int, function: str) -> None:
    findings = [*about_email(email), *about_name(name), *about_rights(level, function)]
    if findings:
        raise InvalidPerson(" ".join(finding.message for finding in findings), findings)


def about_email(email: str) -> list[Finding]:
    local, _, domain = email.strip().rpartition("@")
    plain = email.strip().isprintable() and not any(sign.isspace() for sign in email.strip())
    if local and domain and "@" not in local and plain and len(email) <= EMAIL_SIGNS_MAX:
        return []
    told = "An e-mail address looks like name@company.example."
    return [Finding(path="email", code="access.email", message=told)]


def about_name(name: str) -> list[Finding]:
    if name.strip() and name.isprintable() and len(name) <= NAME_SIGNS_MAX:
        return []
    told = f"A name has 1 to {NAME_SIGNS_MAX} signs."
    return [Finding(path="name", code="access.name", message=told)]


def about_rights(level: int, function: str) -> list[Finding]:
    found = []
    if not LOWEST <= level <= HIGHEST:
        told = (
            f"A level is {LOWEST} ({level_words(LOWEST)}) to {HIGHEST} ({level_words(HIGHEST)}), not {level}."
        )
        found.append(Finding(path="level", code="access.level", message=told))
    if function not in FUNCTIONS:
        told = f"{function[:40]!r} is not a function; choose one of {', '.join(FUNCTIONS)}."
        found.append(Finding(path="function", code="access.function", message=told))
    return found

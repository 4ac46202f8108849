"""A rule of data quality: what share of customers must have a trait, valid, their own, and fresh."""

import re

import msgspec

from regulars import access
from regulars.customers.quality_concerned import Measure
from regulars.db import Tx
from regulars.definitions import Definition, Lookup
from regulars.kernel import Finding, NotFound

DAYS_MAX = 3650
NAME_SIGNS_MAX = 200


class QualityRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the data of customers must hold, and who hears when it does not."""

    name: str  # What people call it.
    trait: str  # As it is told, such as email.
    measure: Measure
    at_least: float  # The share of customers, from 0 to 1.
    owner: str  # The e-mail address of who is told when it breaks.
    source: str = ""  # Only what this source tells; empty: all of them.
    days: int = 365  # Of freshness: told within so many days.
    description: str = ""


def rule_sentence(body: QualityRule) -> str:
    share = f"{body.at_least:.1%}".replace(".0%", "%")
    of_source = f" from {body.source}" if body.source else ""
    whose = f" of those whom {body.source} tells of" if body.source else " of all customers"
    who = f"At least {share} of the customers with the trait {body.trait}{of_source}"
    said = {
        "completeness": f"At least {share}{whose} have the trait {body.trait}{of_source}",
        "validity": f"{who} have one that fits its type",
        "uniqueness": f"{who} share it with nobody",
        "freshness": f"{who} were told of within {body.days:,} days",
    }[body.measure]
    return f"{said}; {body.owner} is told when it does not hold"


def validate_rule(body: QualityRule, _lookup: Lookup) -> list[Finding]:
    found = []
    if not body.name.strip():
        found.append(_finding("name", "Give the rule a name."))
    if not body.trait.strip() or len(body.trait) > NAME_SIGNS_MAX or "." in body.trait:
        found.append(
            _finding("trait", f"Write a trait as it is told, such as email; found {body.trait[:80]!r}.")
        )
    if not 0 < body.at_least <= 1:
        found.append(_finding("at_least", f"Give a share above 0 and at most 1; found {body.at_least:g}."))
    if not 0 < body.days <= DAYS_MAX:
        found.append(_finding("days", f"Give days from 1 to {DAYS_MAX:,}; found {body.days:,}."))
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", body.owner):
        found.append(_finding("owner", f"Give the e-mail address of a person; found {body.owner[:80]!r}."))
    return found


def _finding(path: str, message: str) -> Finding:
    return Finding(path=path, code=f"quality_rule.{path}", message=message)


def check_owner(tx: Tx, definition: Definition[QualityRule]) -> None:
    """Raise NotFound unless its owner works here."""
    owner = access.person_by_email(tx, definition.body.owner)
    if owner is None or not owner.active:
        raise NotFound(
            f"The rule “{definition.title}” is to tell {definition.body.owner}, and nobody of that address "
            "is active here. Name the owner of this data by the address they sign in with."
        )


def owned_by(tx: Tx, body: QualityRule, person_id: int | None) -> bool:
    """Whether this person is told: the owner, or everybody when the owner has left."""
    owner = access.person_by_email(tx, body.owner)
    return owner is None or not owner.active or owner.person_id == person_id

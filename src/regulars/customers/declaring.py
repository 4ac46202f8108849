"""Declared traits: type, whether it is personal, whether its history is kept; and what does not fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from regulars.access import Actor
from regulars.customers.electing import elect_named
from regulars.customers.traits import SQL
from regulars.db import Tx, one, rows, run, value, values
from regulars.definitions import Definition, Kind, Lookup, Preview
from regulars.kernel import Conflict, Finding

Type = Literal["text", "number", "integer", "money", "boolean", "time", "date", "list", "object"]
Personal = Literal["no", "contact", "sensitive"]
PATH_SIGNS_MAX = 200
LEVELS_MAX = 8


class TraitBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A trait that people may rely on."""

    name: str  # What people call it.
    trait: str  # As it is told; address.city is a place inside the trait address.
    type: Type
    description: str = ""
    personal: Personal = "no"
    history: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    path: str
    key: str  # Of the definition.
    title: str
    type: Type
    personal: Personal
    keeps_history: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    told: int
    fitting: int
    examples: list[str] | None  # Of values that do not fit, as JSON text.


def declared_traits(tx: Tx) -> list[Declared]:
    """The live declarations, by path."""
    return rows(tx, SQL.declared, Declared)


def personal_traits(tx: Tx) -> frozenset[str]:
    """The paths of declared traits that only those may see who may see contact details."""
    return frozenset(values(tx, SQL.personal))


def trait_sentence(body: TraitBody) -> str:
    kept = "its history is kept" if body.history else "its history is not kept"
    words = {"no": "", "contact": ", a contact detail", "sensitive": ", sensitive"}[body.personal]
    article = "an" if body.type[0] in "aeiou" else "a"
    return f"{body.trait} is {article} {body.type}{words}; {kept}"


def validate_trait(body: TraitBody, _lookup: Lookup) -> list[Finding]:
    levels = body.trait.split(".")
    if not all(levels) or len(body.trait) > PATH_SIGNS_MAX or len(levels) > LEVELS_MAX:
        message = (
            f"Write the trait as it is told, such as plan or address.city: at most {PATH_SIGNS_MAX} signs "
            f"and {LEVELS_MAX} levels, none of them empty; found {body.trait[:80]!r}."
        )
        return [Finding(path="trait", code="traits.path", message=message)]
    return []


def preview_trait(tx: Tx, definition: Definition[TraitBody], _at: datetime) -> Preview:
    """How the values told so far fit."""
    body = definition.body
    found = tally(tx, body.trait, body.type)
    unfit = found.told - found.fitting
    warnings = (
        (f"{unfit:,} values do not fit and stand aside as conflicts: {', '.join(found.examples or [])}.",)
        if unfit
        else ()
    )
    return Preview(
        headline=f"{trait_sentence(body)}.",
        facts=(("Told so far", f"{found.told:,}"), ("Fit the type", f"{found.fitting:,}")),
        warnings=warnings,
    )


def tally(tx: Tx, path: str, kind: str) -> Tally:
    name, *inner = path.split(".")
    return one(tx, SQL.tally, Tally, name=name, inner=inner, type=kind)


def launch_trait(tx: Tx, definition: Definition[TraitBody], _actor: Actor, at: datetime) -> str:
    """Read every value told so far by the new type; those that do not fit stand aside, none is lost."""
    body = definition.body
    other = value(tx, SQL.declared_elsewhere, path=body.trait, key=definition.key)
    if other is not None:
        raise Conflict(f"{body.trait} is declared by trait/{other} already; change that one instead.")
    before = value(tx, SQL.declared_path, key=definition.key)
    run(
        tx,
        SQL.declare,
        key=definition.key,
        path=body.trait,
        title=body.name,
        type=body.type,
        personal=body.personal,
        keeps_history=body.history,
    )
    changed = _read_anew(tx, [body.trait, *([before] if before and before != body.trait else [])], at)
    return f"{definition.title} is live: {trait_sentence(body)}. {changed:,} customers were read anew."


def retire_trait(tx: Tx, definition: Definition[TraitBody], _actor: Actor, at: datetime) -> None:
    _read_anew(tx, values(tx, SQL.undeclare, key=definition.key), at)


def _read_anew(tx: Tx, paths: Sequence[str], at: datetime) -> int:
    # Of a place inside a trait only the conflicts are shown: the trait itself stays as it was told.
    return sum(elect_named(tx, path, at) for path in paths if "." not in path)


TRAIT = Kind(
    name="trait",
    title="Trait",
    plural="Traits",
    body=TraitBody,
    sentence=trait_sentence,
    validate=validate_trait,
    preview=preview_trait,
    launch=launch_trait,
    retire=retire_trait,
)

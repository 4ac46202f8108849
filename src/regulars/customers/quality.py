"""How good the profiles are: how full each trait is, what does not fit, which contacts are none."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql

from regulars.customers.declaring import declared_traits, tally
from regulars.db import Query, Statements, Tx, one, rows

ROWS_LOOKED_AT = 500_000  # Of traits; beyond them a share of the table is counted and scaled up.
LINES_MAX = 200


class Sql(Statements, file="quality.sql"):
    people: Query
    traits: Query
    conflicts: Query
    contacts: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    customers: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    name: str
    seen: int
    texts: int
    numbers: int
    booleans: int
    lists: int
    objects: int
    example: str | None
    last_at: datetime
    sources: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitQuality:
    """One trait that is told, declared or not."""

    name: str
    declared: str  # The declared type; empty for a discovered one.
    customers: int  # About how many have it.
    share: float  # Of all customers, at most 1.
    types: tuple[tuple[str, int], ...]  # What was told, by type, the most first.
    example: str
    last_at: datetime
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    name: str
    source: str
    told: int
    customers: int
    example: str | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoContact:
    kind: str
    reason: str
    source: str
    told: int
    example: str
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    customers: int
    sampled: bool  # Whether the figures of traits are scaled up from a share.
    traits: tuple[TraitQuality, ...]
    misfits: tuple[Misfit, ...]
    contacts: tuple[NoContact, ...]


def quality(tx: Tx) -> Quality:
    """The state of all profiles; of many millions of traits a share is counted."""
    counted = one(tx, SQL.people, Counted)
    share = share_of(counted)
    declared = {found.path: found.type for found in declared_traits(tx)}
    seen = rows(tx, SQL.traits.format(share=sql.Literal(share)), Seen, limit=LINES_MAX)
    return Quality(
        customers=counted.customers,
        sampled=share < 100,  # noqa: PLR2004 - per cent
        traits=tuple(_trait(line, counted.customers, share, declared) for line in seen),
        misfits=(*rows(tx, SQL.conflicts, Misfit, limit=LINES_MAX), *_inner(tx)),
        contacts=tuple(rows(tx, SQL.contacts, NoContact, limit=LINES_MAX)),
    )


def share_of(counted: Counted) -> float:
    """How many per cent of the rows of traits are looked at."""
    return min(100.0, 100 * ROWS_LOOKED_AT / counted.rows) if counted.rows else 100.0


def _trait(line: Seen, everybody: int, share: float, declared: dict[str, Any]) -> TraitQuality:
    words = {
        "text": line.texts,
        "number": line.numbers,
        "yes or no": line.booleans,
        "list": line.lists,
        "object": line.objects,
    }
    customers = min(round(line.seen * 100 / share), everybody)
    return TraitQuality(
        name=line.name,
        declared=declared.get(line.name, ""),
        customers=customers,
        share=customers / everybody if everybody else 0.0,
        types=tuple(sorted(((w, n) for w, n in words.items() if n), key=lambda pair: -pair[1])),
        example=line.example or "",
        last_at=line.last_at,
        sources=tuple(line.sources or ()),
    )


def _inner(tx: Tx) -> list[Misfit]:
    """What does not fit at declared places inside traits, which stay as they were told."""
    found = []
    for one_declared in declared_traits(tx):
        if "." in one_declared.path:
            counted = tally(tx, one_declared.path, one_declared.type)
            unfit = counted.told - counted.fitting
            if unfit:
                example = (counted.examples or [""])[0]
                found.append(
                    Misfit(
                        name=one_declared.path,
                        source="",
                        told=unfit,
                        customers=unfit,
                        example=example,
                        last_at=None,
                    )
                )
    return found

"""Claims: which identifiers a range of the log was seen with, normalised; what does not pass is noted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.customers.identity import Rules
from regulars.customers.normalising import SIGNS_MAX, Unreadable, normalise
from regulars.db import Query, Statements, Tx, rows, run
from regulars.log import Span


class Sql(Statements, file="claims.sql"):
    written: Query
    written_before: Query
    take: Query
    note_problems: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An identifier as it came."""

    atom_id: int
    kind: str
    written: str
    verified: bool
    source: str  # Of the first sight.
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A claim that was not known so before and may change who is which person."""

    kind: str
    value: str
    atom_id: int


def take(tx: Tx, span: Span, rules: Rules) -> list[Fresh]:
    """Keep what the range claims; gives what is new of the kinds that link."""
    names = {
        **_traits(rules),
        "id_kinds": [kind for kind, _ in rules.external_ids],
        "id_types": [name for _, name in rules.external_ids],
        "unverified": list(rules.unverified_sources),
    }
    found = rows(tx, SQL.written, Written, after=span.after, to=span.to, **names)
    return keep(tx, found, rules, after=span.after, to=span.to)


def _traits(rules: Rules) -> dict[str, object]:
    """The traits that are identifiers, each with its kind and form."""
    return {
        "trait_kinds": [kind for kind, _ in rules.traits],
        "traits": [trait for _, trait in rules.traits],
        "forms": [rules.kinds[kind].form for kind, _ in rules.traits],
    }


def take_before(tx: Tx, atoms: Sequence[int], rules: Rules) -> list[Fresh]:
    """The same of the present traits of some atoms, whose identifiers no policy read so far."""
    found = rows(
        tx,
        SQL.written_before,
        Written,
        atoms=list(atoms),
        trait_kinds=[kind for kind, _ in rules.traits],
        traits=[trait for _, trait in rules.traits],
    )
    return keep(tx, found, rules, after=0, to=0)


def keep(tx: Tx, found: Iterable[Written], rules: Rules, *, after: int, to: int) -> list[Fresh]:
    read: list[tuple[Written, str]] = []
    unread: list[tuple[Written, str]] = []
    for one in found:
        value = normalise(rules.kinds[one.kind].form, one.written, rules.region)
        if isinstance(value, Unreadable):
            unread.append((one, value.reason))
        else:
            read.append((one, value))
    _note(tx, unread)
    return rows(
        tx,
        SQL.take,
        Fresh,
        after=after,
        to=to,
        unverified=list(rules.unverified_sources),
        linking=rules.merging,
        **_traits(rules),
        kinds=[one.kind for one, _ in read],
        values=[value for _, value in read],
        atoms=[one.atom_id for one, _ in read],
        verifieds=[one.verified for one, _ in read],
        sources=[one.source for one, _ in read],
        firsts=[one.first_at for one, _ in read],
        lasts=[one.last_at for one, _ in read],
    )


def _note(tx: Tx, unread: Sequence[tuple[Written, str]]) -> None:
    if not unread:
        return
    noted = {(one.atom_id, one.kind, one.written[:SIGNS_MAX]): (one, reason) for one, reason in unread}
    run(
        tx,
        SQL.note_problems,
        atoms=[atom for atom, _, _ in noted],
        kinds=[kind for _, kind, _ in noted],
        writtens=[written for _, _, written in noted],
        reasons=[reason for _, reason in noted.values()],
        sources=[one.source for one, _ in noted.values()],
        firsts=[one.first_at for one, _ in noted.values()],
    )

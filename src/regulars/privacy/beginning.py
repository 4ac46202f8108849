"""The first step of erasing: from its end on nobody finds these people, and what comes late is dropped."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from regulars import customers, log, messaging
from regulars.customers import Known
from regulars.db import Query, Statements, Tx, run
from regulars.privacy.erasure import SQL, Working
from regulars.privacy.sureness import surely_theirs


class Sql(Statements, file="beginning.sql"):
    remember: Query


OWN = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who is erased together: their rows and what they were known by, each with the erasure it is of."""

    of: Mapping[int, int]  # An atom's erasure.
    known: Sequence[Known]

    @property
    def atoms(self) -> list[int]:
        return sorted(self.of)

    def erasure_of(self, one: Known) -> int:
        return self.of[one.atoms[0]]


def begin(tx: Tx, ones: Sequence[Working], at: datetime) -> None:
    """For as many as are given; the caller holds turn and people alone."""
    people = _people(tx, ones)
    _suppress(tx, people, at)
    position = log.hold_sequencer(tx)
    own = [one for one in people.known if one.own]
    run(
        tx,
        OWN.remember,
        at=at,
        kinds=[one.kind for one in own],
        values=[one.value for one in own],
        erasure_ids=[people.erasure_of(one) for one in own],
    )
    log.drop_waiting(tx, [(one.kind, one.value) for one in own], at)
    given = _given(
        tx, ones, people
    )  # Before they are let go: an identifier of their own says who they surely are.
    customers.let_go(tx, people.atoms, at)
    run(tx, SQL.begin, given=Jsonb(given), at=at, position=position, people=len(ones))


def _people(tx: Tx, ones: Sequence[Working]) -> People:
    erasures = {one.customer_id: one.erasure_id for one in ones}
    parts = customers.atoms_of(tx, list(erasures))
    of = {part.atom_id: erasures[part.customer_id] for part in parts}
    return People(of=of, known=customers.known_as(tx, sorted(of)))


def _suppress(tx: Tx, people: People, at: datetime) -> None:
    """Whoever wanted no e-mail is not written to after they are gone."""
    refused = customers.withdrew(tx, people.atoms)
    erasures = {people.of[atom] for atom in refused}
    addresses = [
        one.value
        for one in people.known
        if one.kind == "email" and not one.shared and erasures & {people.of[atom] for atom in one.atoms}
    ]
    if addresses:
        messaging.suppress(tx, addresses, reason="erased", at=at)


def _given(tx: Tx, ones: Sequence[Working], people: People) -> list[dict[str, object]]:
    known: dict[int, list[Known]] = defaultdict(list)
    for one in people.known:
        known[people.erasure_of(one)].append(one)
    names = {one.erasure_id: customers.names_of(known[one.erasure_id]) for one in ones}
    sure = set(surely_theirs(tx, people.atoms, sorted({name for some in names.values() for name in some})))
    atoms: dict[int, list[int]] = defaultdict(list)
    for atom, erasure_id in people.of.items():
        atoms[erasure_id].append(atom)
    return [
        {
            "erasure_id": one.erasure_id,
            "atoms": sorted(atoms[one.erasure_id]),
            "known": names[one.erasure_id],
            "sure": [name for name in names[one.erasure_id] if name in sure],
        }
        for one in ones
    ]

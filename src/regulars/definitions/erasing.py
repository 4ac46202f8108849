"""Erasing somebody whom definitions name, as a condition on one address does.

History and drafts say "erased" instead. What is live works, and the same words may be the company's own, such
as the address that customers write to: there only what surely is the person's goes, and only where the kind
picks customers. All else stays as it is and is told; so does what would no longer fit its kind without the
words, such as the key of a segment that is the person's number in a shop.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from regulars.db import Query, Statements, Tx, naming, rows, run
from regulars.definitions.kind import Kind
from regulars.definitions.model import Definition, Unreadable
from regulars.definitions.publishing import validate
from regulars.definitions.reading import all_drafts, get, live
from regulars.definitions.shape import canonical
from regulars.kernel import pattern_of, writing_over


class Sql(Statements, file="erasing.sql"):
    allow: Query
    former: Query
    live: Query
    which: Query
    erase_versions: Query
    erase_heads: Query
    put_body: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveNaming:
    """A live definition that names somebody who is to be erased."""

    kind: str
    key: str
    title: str
    taken_out: bool  # Else it stays as it is.

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Live:
    place: str
    kind: str
    key: str
    title: str


def naming_live(
    tx: Tx, values: Sequence[str], sure: Sequence[str], picking: Collection[str]
) -> list[LiveNaming]:
    """The live definitions that name somebody, and what an erasure does to each.

    `sure` is what surely is theirs and nobody else's, `picking` the kinds that pick customers.
    """
    places = sorted({one for found in naming(tx, SQL.live, values) for one in found.ids})
    surely = {one for found in naming(tx, SQL.live, sure) for one in found.ids}
    return [
        LiveNaming(
            kind=one.kind, key=one.key, title=one.title, taken_out=one.place in surely and one.kind in picking
        )
        for one in rows(tx, SQL.which, _Live, places=places)
    ]


def erase(tx: Tx, values: Sequence[str], picking: Mapping[str, Kind[Any]]) -> dict[str, int]:
    """Write "erased" where history or a draft names somebody; what is live stays, but for its notes."""
    run(tx, SQL.allow)
    drafts = [one for kind in picking.values() if kind.names_kept for one in _drafts(tx, kind)]
    done = _write_over(tx, SQL.former, values, places=None)
    for before in drafts:
        _keep_names(tx, picking[before.kind], before)
    return done


def _drafts(tx: Tx, kind: Kind[Any]) -> list[Definition[Any]]:
    try:
        return all_drafts(tx, kind)
    except Unreadable:
        return []


def _keep_names(tx: Tx, kind: Kind[Any], before: Definition[Any]) -> bool:
    """A key that is somebody's number too stays where others refer by it; False: all is as it was."""
    if kind.names_kept is None:
        return True
    try:
        after = get(tx, kind, before.key, before.version).body
    except Unreadable:
        return True
    kept = kind.names_kept(before.body, after)
    if kept != after:
        place = {"kind": kind.name, "key": before.key, "number": before.version}
        run(tx, SQL.put_body, **place, body=Jsonb(canonical(kept)))
    return bool(kept != before.body)


def erase_live(tx: Tx, sure: Sequence[str], picking: Mapping[str, Kind[Any]]) -> list[LiveNaming]:
    """Take what surely is theirs out of live definitions that pick customers; gives those.

    `picking` has those kinds by name. Whoever keeps what is live in mind is to be told of what is given.
    """
    run(tx, SQL.allow)
    found = [one for one in naming_live(tx, sure, sure, picking) if one.taken_out]
    return [one for one in found if _taken_out(tx, one, sure, picking[one.kind])]


def _taken_out(tx: Tx, named: LiveNaming, sure: Sequence[str], kind: Kind[Any]) -> bool:
    """Write over one; False, and it is as before, where it would name others then or has more to mend."""
    before, found = _leaning_on(tx, kind, named.key), _live(tx, kind, named.key)
    with tx.transaction():
        _write_over(tx, SQL.live, sure, places=[named.name])
        if found and not _keep_names(tx, kind, found):
            raise psycopg.Rollback
        after = _leaning_on(tx, kind, named.key)
        if after is None or (before is not None and (after[0] != before[0] or not after[1] <= before[1])):
            raise psycopg.Rollback
        return True
    return False


def _leaning_on(
    tx: Tx, kind: Kind[Any], key: str
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]] | None:
    """What a live one uses, and what it has to mend; None when it cannot be read."""
    found = _live(tx, kind, key)
    if found is None:
        return None
    uses = {(ref.kind, ref.key) for ref in kind.uses(found.body)}
    return uses, {(finding.path, finding.code) for finding in validate(tx, kind, found)}


def _live(tx: Tx, kind: Kind[Any], key: str) -> Definition[Any] | None:
    try:
        return live(tx, kind, key)
    except Unreadable:
        return None


def _write_over(tx: Tx, query: Query, values: Sequence[str], places: Sequence[str] | None) -> dict[str, int]:
    """In the rows that the query finds; of live ones only at the places that are given."""
    done = {"definitions.version": 0, "definitions.head": 0}
    for found in naming(tx, query, values):
        wanted = [one for one in found.ids if places is None or one in places]
        named = {"pattern": pattern_of(found.values), "over": writing_over(found.values), "places": wanted}
        is_live = places is not None
        done["definitions.version"] += run(tx, SQL.erase_versions, **named, live=is_live)
        done["definitions.head"] += run(tx, SQL.erase_heads, **named, live=is_live)
    return done

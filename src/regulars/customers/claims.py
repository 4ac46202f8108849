"""Claims: which identifiers a range of the log was seen with, normalised; what does not pass is noted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.customers.identity import Rules
from regulars.customers.normalising import SIGNS_MAX, Unreadable, normalise
from regulars.db import Query, Statements, Tx, rows, run
from regulars.log import Span


class Sql(Statements, file="claims.sql"):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What taking a range gives: a fresh claim, or what Python has to read first."""

    kind: str
    value: str
    atom_id: int
    is_unread: bool
    verified: bool
    source: str
    first_at: datetime | None
    last_at: datetime | None

    def fresh(self) -> Fresh:
        return Fresh(kind=self.kind, value=self.value, atom_id=self.atom_id)

    def written(self) -> Written:
        assert self.first_at is not None
        assert self.last_at is not None
        return Written(
            atom_id=self.atom_id,
            kind=self.kind,
            written=self.value,
            verified=self.verified,
            source=self.source,
            first_at=self.first_at,
            last_at=self.last_at,
        )


def take(tx: Tx, span: Span, rules: Rules) -> list[Fresh]:
    """Keep what the range claims; gives what is new of the kinds that link."""
    fresh, unread = _take(tx, rules, after=span.after, to=span.to)
    return [*fresh, *keep(tx, unread, rules)]


def _names(rules: Rules) -> dict[str, object]:
    """The traits and external ids that are identifiers, each with its kind, and traits with their form."""
    return {
        "id_kinds": [kind for kind, _ in rules.external_ids],
        "id_types": [name for _, name in rules.external_ids],
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
    return keep(tx, found, rules)


def keep(tx: Tx, found: Iterable[Written], rules: Rules) -> list[Fresh]:
    """Read what is not plain and keep it; what is no identifier is noted."""
    read: list[tuple[Written, str]] = []
    unread: list[tuple[Written, str]] = []
    for one in found:
        value = normalise(rules.kinds[one.kind].form, one.written, rules.region)
        if isinstance(value, Unreadable):
            unread.append((one, value.reason))
        else:
            read.append((one, value))
    _note(tx, unread)
    return _take(tx, rules, read=read)[0] if read else []


def _take(
    tx: Tx, rules: Rules, *, after: int = 0, to: int = 0, read: Sequence[tuple[Written, str]] = ()
) -> tuple[list[Fresh], list[Written]]:
    """Keep what a range claims plainly and what was read; gives what is new, and what is still to be read."""
    found = rows(
        tx,
        SQL.take,
        Taken,
        after=after,
        to=to,
        unverified=list(rules.unverified_sources),
        linking=rules.merging,
        **_names(rules),
        kinds=[one.kind for one, _ in read],
        values=[value for _, value in read],
        atoms=[one.atom_id for one, _ in read],
        verifieds=[one.verified for one, _ in read],
        sources=[one.source for one, _ in read],
        firsts=[one.first_at for one, _ in read],
        lasts=[one.last_at for one, _ in read],
    )
    return [one.fresh() for one in found if not one.is_unread], [
        one.written() for one in found if one.is_unread
    ]


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

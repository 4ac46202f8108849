"""Settling who is which person: only what new evidence touches is worked out anew, and everything follows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars import log
from regulars.customers import claims, identity
from regulars.customers.claims import Fresh
from regulars.customers.deriving import derive_of
from regulars.customers.holding import hold_alone, take_turn
from regulars.customers.identity import Rules
from regulars.customers.identity_events import happened
from regulars.customers.moving import Follow, Moved
from regulars.customers.people import SHARERS_MAX, Atom, Claim, Decision, settled
from regulars.db import Query, Statements, Tx, rows, run, values
from regulars.log import Span


class Sql(Statements, file="merging.sql"):
    touched: Query
    reach: Query
    atoms: Query
    links: Query
    decisions: Query
    move: Query
    see_anew: Query
    note_too_wide: Query
    take_unsettled: Query


SQL = Sql()
UNSETTLED_A_STEP = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An atom, and whose it is now."""

    atom_id: int
    kind: str
    value: str
    person_id: int

    def atom(self) -> Atom:
        return Atom(atom_id=self.atom_id, kind=self.kind, value=self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    move_id: int
    atom_id: int
    before_id: int
    after_id: int


def touched(tx: Tx, span: Span, fresh: Sequence[Fresh]) -> list[int]:
    """Atoms whose person the range may have changed; empty for nearly every range."""
    return values(
        tx,
        SQL.touched,
        kinds=[one.kind for one in fresh],
        values=[one.value for one in fresh],
        atoms=[one.atom_id for one in fresh],
        after=span.after,
        to=span.to,
        sharers_max=SHARERS_MAX,
    )


def take_unsettled(tx: Tx) -> list[int]:
    """Some of those who wait since another policy went live."""
    return values(tx, SQL.take_unsettled, limit=UNSETTLED_A_STEP)


def settle_waiting(tx: Tx, at: datetime, follow: Sequence[Follow]) -> int:
    """Settle everybody who still waits, though nothing happened meanwhile; gives how many."""
    take_turn(tx)
    rules, done = identity.rules(tx), 0
    while waiting := take_unsettled(tx):
        claims.take_before(tx, waiting, rules)
        settle(tx, waiting, rules, at=at, follow=follow)
        done += len(waiting)
    return done


def settle(
    tx: Tx,
    atoms: Iterable[int],
    rules: Rules,
    *,
    at: datetime,
    follow: Sequence[Follow],
    deed_id: int | None = None,
) -> list[Moved]:
    """Work out anew whose these atoms are, with all they are tied to; the caller has taken the turn.

    When somebody moves: survivors, profiles, events, and what other rooms keep, in this order and in this
    transaction.
    """
    within = component(tx, atoms, rules)
    if not within:
        return []
    placed = rows(tx, SQL.atoms, Placed, atoms=within)
    links = rows(tx, SQL.links, Claim, atoms=within, linking=rules.merging, sharers_max=SHARERS_MAX)
    decisions = rows(tx, SQL.decisions, Decision, atoms=within)
    result = settled((one.atom() for one in placed), links, decisions)
    wide = {min(group): len(group) for group in result.too_wide}
    run(tx, SQL.note_too_wide, smallest=list(wide), sizes=list(wide.values()), atoms=within, at=at)
    moved = [
        Moved(atom_id=one.atom_id, before=one.person_id, after=result.survivors[one.atom_id])
        for one in sorted(placed, key=lambda one: one.atom_id)
        if one.person_id != result.survivors[one.atom_id]
    ]
    if moved:
        _carry_out(tx, moved, rules, at=at, follow=follow, deed_id=deed_id)
    return moved


def component(tx: Tx, atoms: Iterable[int], rules: Rules) -> list[int]:
    """Everything that evidence and decisions reach from some atoms, and all of the persons they belong to."""
    within: set[int] = set()
    frontier = set(atoms)
    while frontier:
        within |= frontier
        reached = values(
            tx, SQL.reach, atoms=sorted(frontier), linking=rules.merging, sharers_max=SHARERS_MAX
        )
        frontier = set(reached) - within
    return sorted(within)


def _carry_out(
    tx: Tx,
    moved: Sequence[Moved],
    rules: Rules,
    *,
    at: datetime,
    follow: Sequence[Follow],
    deed_id: int | None,
) -> None:
    hold_alone(tx)
    moves = rows(
        tx,
        SQL.move,
        Move,
        atoms=[one.atom_id for one in moved],
        befores=[one.before for one in moved],
        afters=[one.after for one in moved],
        at=at,
        deed_id=deed_id,
    )
    concerned = sorted({person for one in moved for person in (one.before, one.after)})
    run(tx, SQL.see_anew, persons=concerned)
    derive_of(tx, sorted({*concerned, *(one.atom_id for one in moved)}), rules)
    _tell(tx, moves, at=at, by_hand=deed_id is not None)
    for carry in follow:
        carry(tx, moved)


def _tell(tx: Tx, moves: Sequence[Move], *, at: datetime, by_hand: bool) -> None:
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    first_moves: dict[tuple[int, int], int] = {}
    for move in moves:
        groups[move.before_id, move.after_id].append(move.atom_id)
        first_moves.setdefault((move.before_id, move.after_id), move.move_id)
    gone = frozenset(move.atom_id for move in moves if move.atom_id == move.before_id)
    log.append(tx, happened(groups, gone, at=at, first_moves=first_moves, by_hand=by_hand))

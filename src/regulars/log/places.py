"""Where somebody's events stand: of each finished piece of the log, who has some in it.

Pieces are finished by position, so what is noted of one holds until events leave it or come back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.db import Query, Statements, Tx, maybe, run, value


class Sql(Statements, file="places.sql"):
    hold_placed: Query
    hold_placed_or_pass: Query
    put_places: Query
    set_placed: Query
    forget_places: Query
    forget_places_before: Query
    forget_places_of: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    end_position: int
    next_position: int


def hold_next(tx: Tx) -> Placed | None:
    """Up to where it is noted, and what is not booked yet; None: somebody else notes."""
    return maybe(tx, SQL.hold_placed_or_pass, Placed)


def hold_places(tx: Tx) -> int:
    """Let nobody else note until the transaction ends; gives the position up to which it is noted."""
    end_position: int = value(tx, SQL.hold_placed)
    return end_position


def put_places(tx: Tx, first_position: int, end_position: int) -> None:
    """Note whose events stand in a finished piece, which is the next one."""
    _put(tx, first_position, end_position)
    run(tx, SQL.set_placed, end_position=end_position)


def place_again(tx: Tx, first_position: int, end_position: int) -> None:
    """Note anew whose events stand in a piece, if it was noted, after some left it or came back."""
    if end_position <= hold_places(tx):
        run(tx, SQL.forget_places, first_position=first_position)
        _put(tx, first_position, end_position)


def forget_places(tx: Tx, to: int) -> None:
    """Events up to a position are gone."""
    hold_places(tx)
    run(tx, SQL.forget_places_before, to=to)


def forget_places_of(tx: Tx, atoms: Sequence[int]) -> int:
    """Of some customers nothing is noted any more, though it was being noted just now."""
    hold_places(tx)
    return run(tx, SQL.forget_places_of, atoms=list(atoms))


def _put(tx: Tx, first_position: int, end_position: int) -> None:
    run(tx, SQL.put_places, first_position=first_position, end_position=end_position)

"""Keeping search terms: a reader of its own, since customers can be there before they are found.

A term is anything a person may begin to type: a word of the name, an address, a number, an identifier.
Written down is what is not found where it stands; `looking_up` looks there too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.customers import identity
from regulars.customers.derived import TERM_SIGNS_MAX
from regulars.customers.identity import Rules
from regulars.customers.normalising import normalise
from regulars.db import Query, Statements, Tx, rows, run
from regulars.kernel import fold
from regulars.log import Reader, Span, is_from_outside

TURN_KEY = 7_246_033


class Sql(Statements, file="searching.sql"):
    take_turn: Query
    write: Query
    add: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What is folded, or read as a phone number, in Python."""

    customer_id: int
    value: str
    is_phone: bool


def apply(tx: Tx, span: Span) -> None:
    """Write the terms of the persons a range tells something of."""
    if not is_from_outside(tx, span):
        return
    _write(tx, identity.rules(tx), after=span.after, to=span.to)


def index_of(tx: Tx, atoms: Sequence[int], rules: Rules) -> None:
    """Write at once the terms of the persons that some atoms belong to."""
    _write(tx, rules, atoms=atoms)


def _write(tx: Tx, rules: Rules, *, after: int = 0, to: int = 0, atoms: Sequence[int] = ()) -> None:
    run(tx, SQL.take_turn, key=TURN_KEY)
    outside = rows(
        tx,
        SQL.write,
        Outside,
        after=after,
        to=to,
        atoms=list(atoms),
        contacts=rules.contacts,
        signs_max=TERM_SIGNS_MAX,
    )
    found = {(one.customer_id, term) for one in outside if (term := _term(one, rules.region))}
    if found:
        run(tx, SQL.add, ids=[n for n, _ in found], terms=[term for _, term in found])


def _term(one: Outside, region: str) -> str:
    if not one.is_phone:
        return fold(one.value)[:TERM_SIGNS_MAX]
    whole = normalise("phone", one.value, region)
    return whole.removeprefix("+") if isinstance(whole, str) else ""


SEARCH = Reader(name="search", apply=apply, after=("customers",))

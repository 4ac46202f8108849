"""Writing what a person's row shows: the traits over all atoms, and the columns derived from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from regulars.customers.identity import Rules
from regulars.customers.searching import index_of
from regulars.customers.traits import unfold
from regulars.db import Query, Statements, Tx, rows, run
from regulars.kernel import fold
from regulars.log import Span


class Sql(Statements, file="deriving.sql"):
    derive: Query
    fold: Query
    clear: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfolded:
    """A person whose name or address has signs that only Python folds the same everywhere."""

    customer_id: int
    name: str | None
    email: str | None


def derive_in(tx: Tx, span: Span, told_again: Sequence[int]) -> None:
    """Write anew the persons that a range of the log told traits of; the search follows by its own reader.

    Whoever was not told of at a position `told_again` has the traits of their one event, and keeps them so.
    """
    again = list(told_again)
    _fold(tx, rows(tx, SQL.derive, Unfolded, after=span.after, to=span.to, again=again, atoms=[]))


def derive_of(tx: Tx, atoms: Iterable[int], rules: Rules) -> None:
    """Write anew the persons that some atoms belong to, for the search too; empty those that are none."""
    asked = list(atoms)
    unfold(tx, asked)
    run(tx, SQL.clear, atoms=asked)
    _fold(tx, rows(tx, SQL.derive, Unfolded, after=0, to=0, again=[], atoms=asked))
    index_of(tx, asked, rules)


def _fold(tx: Tx, unfolded: list[Unfolded]) -> None:
    if unfolded:
        run(
            tx,
            SQL.fold,
            ids=[one.customer_id for one in unfolded],
            names=[fold(one.name) if one.name else None for one in unfolded],
            emails=[fold(one.email) if one.email else None for one in unfolded],
        )

"""Conditions that rules ask of customers: what they name stands in a room beside this one."""

from collections.abc import Callable, Sequence
from datetime import datetime

from psycopg import sql

from regulars import access
from regulars.conditions import Book, Condition, compile_conditions, expand, uses
from regulars.db import Tx, values
from regulars.kernel import Invalid

# Segments and approaches as they are live, by name.
Names = Callable[[Tx], Book]


class _Named:
    by: Names = staticmethod(lambda _tx: Book())


def named_by(names: Names) -> None:
    """Say what conditions may name; the composition root does so once."""
    _Named.by = staticmethod(names)


def asked(
    tx: Tx, conditions: Sequence[Condition], at: datetime, only: Sequence[int] | None = None
) -> list[frozenset[int]]:
    """For each condition the customers, among these or among all, of whom it holds at an instant.

    What names a segment that is no more holds of nobody: earning goes on.
    """
    book = _Named.by(tx) if any(uses(one) for one in conditions) else Book()
    expanded = [_expanded(one, book) for one in conditions]
    known = [one for one in expanded if one is not None]
    answers = iter(_holding(tx, known, at, only) if known and only != [] else [frozenset()] * len(known))
    return [frozenset() if one is None else next(answers) for one in expanded]


def _expanded(condition: Condition, book: Book) -> Condition | None:
    try:
        return expand(condition, book)
    except Invalid:
        return None


def _holding(
    tx: Tx, conditions: Sequence[Condition], at: datetime, only: Sequence[int] | None
) -> list[frozenset[int]]:
    compiled = compile_conditions(conditions, at, only, zone=access.zone(tx))
    columns = [
        sql.SQL("coalesce(array_agg(customer_id) filter (where {}), '{{}}')").format(sql.Identifier(f"c{n}"))
        for n in range(len(conditions))
    ]
    # One row of arrays of differing lengths, as text, since an array of arrays must be rectangular.
    query = sql.SQL("select unnest(array[{}]) from ({}) as every").format(
        sql.SQL(", ").join(sql.SQL("to_jsonb({})").format(column) for column in columns), compiled.query
    )
    return [frozenset(found) for found in values(tx, query, **compiled.params)]

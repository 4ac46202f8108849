"""Rows that name some of many values, found in one pass over a table however many the values are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from psycopg.rows import tuple_row

from regulars.db.reading import Statement, Tx
from regulars.kernel import Sieve

ROWS_AT_ONCE = 5_000
VALUES_MAX = 20  # Of one group: what is done to its rows is done by an expression of these.


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Some rows, and the few values that stand in them."""

    ids: list[Any]
    values: list[str]


def naming(tx: Tx, query: Statement, names: Sequence[str], /, **params: object) -> list[Naming]:
    """Groups of the rows whose text names something; the query gives an id and a text."""
    groups: list[Naming] = []
    for one, named in _found(tx, query, names, params):
        if not groups or len(groups[-1].values) >= VALUES_MAX:
            groups.append(Naming(ids=[], values=[]))
        groups[-1].ids.append(one)
        groups[-1].values.extend(value for value in named if value not in groups[-1].values)
    return groups


def _found(
    tx: Tx, query: Statement, names: Sequence[str], params: dict[str, object]
) -> Iterator[tuple[Any, list[str]]]:
    if not names:
        return
    sieve = Sieve(names)
    with tx.cursor(f"naming_{uuid4().hex}", row_factory=tuple_row) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        for one, text in cursor.execute(query, params):
            if text and (named := sieve.named(text)):
                yield one, named

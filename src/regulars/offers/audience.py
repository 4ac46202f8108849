"""Whom a pool is for: conditions asked of customers; what they name stands in a room beside this one."""

from collections.abc import Callable, Sequence
from datetime import datetime

from psycopg import sql

from regulars import access
from regulars.conditions import Book, Condition, compile_conditions, expand, uses
from regulars.db import Tx, values
from regulars.definitions import Ref
from regulars.kernel import Invalid

# Segments and approaches as they are live, by name.
Names = Callable[[Tx], Book]


class _Named:
    by: Names = staticmethod(lambda _tx: Book())


def named_by(names: Names) -> None:
    """Say what conditions may name; the composition root does so once."""
    _Named.by = staticmethod(names)


def among(tx: Tx, condition: Condition | None, at: datetime, customer_ids: Sequence[int]) -> frozenset[int]:
    """Of these customers, those of whom it holds; what names a segment that is no more holds of nobody."""
    if condition is None or not customer_ids:
        return frozenset(customer_ids)
    try:
        asked = expand(condition, _Named.by(tx) if uses(condition) else Book())
    except Invalid:
        return frozenset()
    compiled = compile_conditions([asked], at, list(customer_ids), zone=access.zone(tx))
    query = sql.SQL("select customer_id from ({}) as every where c0").format(compiled.query)
    return frozenset(values(tx, query, **compiled.params))


def named(condition: Condition | None) -> list[Ref]:
    """The definitions it names."""
    found = uses(condition, "who") if condition is not None else ()
    return [Ref(kind=one.kind, key=one.key, path=one.path) for one in found]

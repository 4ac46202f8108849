"""What this room holds of somebody, and erasing it."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run


class Sql(Statements, file="erasing.sql"):
    sessions: Query
    orders: Query
    erase_refunds: Query
    erase_orders: Query
    erase_sessions: Query


SQL = Sql()


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Carts shown at a till or in a shop, and orders told from there."""
    own = list(atoms)
    return [
        ("Carts at the till", records(tx, SQL.sessions, atoms=own)),
        ("Orders told by the till", records(tx, SQL.orders, atoms=own)),
    ]


def erase(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> dict[str, int]:
    own = list(atoms)
    return {
        "checkout.told_refund": run(tx, SQL.erase_refunds, atoms=own),
        "checkout.told_order": run(tx, SQL.erase_orders, atoms=own),
        "checkout.session": run(tx, SQL.erase_sessions, atoms=own),
    }

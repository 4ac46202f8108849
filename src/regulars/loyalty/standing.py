"""Tier and points of many customers at once, as messages say them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from regulars.db import Query, Statements, Tx, rows


class Sql(Statements, file="standing.sql"):
    standings: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    customer_id: int
    tier: str | None
    points: int
    scale: int


def standings(tx: Tx, customer_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Tier and points by customer, of the programme joined first; who is no member is left out.

    Somebody without points has no `points`: Liquid takes 0 for true, and nobody is told that 0 points wait.
    """
    found = rows(tx, SQL.standings, Standing, customer_ids=list(customer_ids))
    return {row.customer_id: variables(row) for row in found}


def variables(row: Standing) -> dict[str, Any]:
    said: dict[str, Any] = {"tier": row.tier} if row.tier else {}
    if row.points:
        said["points"] = Decimal(row.points).scaleb(-row.scale) if row.scale else row.points
    return said

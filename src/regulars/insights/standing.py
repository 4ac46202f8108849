"""Where customers stand: lifecycle stage, tier, points, orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.db import Tx, rows
from regulars.insights.statements import SQL
from regulars.kernel import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    customer_id: int
    stage: str | None  # Key of the stage in the asked approach.
    stage_since: datetime | None
    tier: str | None
    active_points: int | None  # None for who is no member.
    points_currency: str | None
    joined_at: datetime | None
    orders: int
    last_at: datetime | None
    currency: str | None
    minor: int | None

    @property
    def spent(self) -> Money | None:
        return Money(self.minor, self.currency) if self.minor is not None and self.currency else None


def standings(
    tx: Tx, ids: Sequence[int], *, approach: str | None, programme: str | None
) -> dict[int, Standing]:
    """Where each of some customers stands in one approach and one programme."""
    found = rows(tx, SQL.standings, Standing, ids=list(ids), approach=approach, programme=programme)
    return {row.customer_id: row for row in found}

"""The programmes as their newest version that holds for all has them; what falls due goes by these."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from regulars.db import Query, Statements, Tx, rows
from regulars.loyalty.model import Programme


class Sql(Statements, file="live.sql"):
    live: Query
    bodies: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    programme_id: int
    key: str
    version: int
    live_from: datetime
    zone: str
    closing_at: datetime | None
    spend_until: datetime | None
    paused: list[datetime]
    resumed: list[datetime | None]  # Beside each pause: when it ended.
    body: dict[str, Any]

    @property
    def programme(self) -> Programme:
        return msgspec.convert(self.body, Programme)

    def gives(self, at: datetime) -> bool:
        """Whether it awards anything at an instant, neither paused nor closed."""
        if self.closing_at is not None and self.closing_at <= at:
            return False
        pauses = zip(self.paused, self.resumed, strict=True)
        return not any(began <= at and (over is None or at < over) for began, over in pauses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    version: int
    live_from: datetime
    body: dict[str, Any]

    @property
    def programme(self) -> Programme:
        return msgspec.convert(self.body, Programme)


def live(tx: Tx) -> list[Live]:
    return rows(tx, SQL.live, Live)


def bodies(tx: Tx, programme_id: int) -> list[Body]:
    """What each version of a programme said, the oldest first."""
    return rows(tx, SQL.bodies, Body, programme_id=programme_id)

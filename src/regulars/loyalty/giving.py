"""Points without a purchase that a programme gives by itself: in sets, each under an id of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from psycopg.types.json import Jsonb

from regulars.db import Query, Statements, Tx, value
from regulars.loyalty.model import Programme
from regulars.loyalty.period import shifted
from regulars.loyalty.policies import Award


class Sql(Statements, file="giving.sql"):
    give: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    customer_id: int
    currency: str
    amount: int
    key: str
    occurred_at: datetime
    expires_at: datetime | None
    why: str

    @classmethod
    def by(
        cls, programme: Programme, award: Award, *, customer_id: int, key: str, day: datetime, why: str
    ) -> Self:
        """As the programme says; what would have ended by now is given all the same, and ends at once."""
        valid = award.valid or programme.valid
        return cls(
            customer_id=customer_id,
            currency=award.currency,
            amount=award.points,
            key=key,
            occurred_at=day,
            expires_at=shifted(day, valid, programme.zone) if valid else None,
            why=why,
        )

    @property
    def fields(self) -> dict[str, Any]:
        return {
            "kind": "gift",
            "customer": self.customer_id,
            "amount": self.amount,
            "currency": self.currency,
        }


def give(tx: Tx, programme_id: int, gifts: Sequence[Given], at: datetime) -> int:
    """Gives how many were posted or had been."""
    if not gifts:
        return 0
    return int(
        value(
            tx,
            SQL.give,
            programme_id=programme_id,
            at=at,
            customers=[one.customer_id for one in gifts],
            currencies=[one.currency for one in gifts],
            amounts=[one.amount for one in gifts],
            keys=[one.key for one in gifts],
            occurred=[one.occurred_at for one in gifts],
            expires=[one.expires_at for one in gifts],
            reasons=[one.why for one in gifts],
            fields=[Jsonb(one.fields) for one in gifts],
        )
    )

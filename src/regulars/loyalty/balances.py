"""What a member has: the five numbers and what is held, as known then, and as known now."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, maybe
from regulars.kernel import public_id
from regulars.loyalty.errors import UnknownMember
from regulars.loyalty.posting import currency_of, newest


class Sql(Statements, file="balances.sql"):
    as_booked: Query
    as_occurred: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The five numbers, in the currency's smallest unit, and how much of what is active is held."""

    active: int
    pending: int
    spent: int
    expired: int
    owed: int
    held: int = 0


def balance_as_of(
    tx: Tx, customer_id: int, *, programme: str, booked_at: datetime, currency: str | None = None
) -> Balance:
    """The numbers as they were known at a past instant; zeros before joining."""
    return _balance(tx, SQL.as_booked, customer_id, programme, booked_at, currency)


def balance_known_now(
    tx: Tx, customer_id: int, *, programme: str, occurred_at: datetime, currency: str | None = None
) -> Balance:
    """The numbers at a past instant by all that is known today.

    What was booked later and had occurred by then counts; a reversal counts from when what it reverses did.
    """
    return _balance(tx, SQL.as_occurred, customer_id, programme, occurred_at, currency)


def _balance(
    tx: Tx, query: Query, customer_id: int, programme: str, at: datetime, currency: str | None
) -> Balance:
    version = newest(tx, programme)
    found = maybe(
        tx,
        query,
        Balance,
        programme_id=version.programme_id,
        customer_id=customer_id,
        currency=currency_of(version, currency).code,
        at=at,
    )
    if found is None or found.spent is None:
        raise UnknownMember(f"{public_id('cus', customer_id)} is no member of {programme}.")
    return found

"""One member: the five-number balance, the tier and why, the lots and what paid from them."""

from dataclasses import dataclass
from datetime import datetime

from regulars.db import Query, Statements, Tx, maybe, rows, values
from regulars.kernel import public_id
from regulars.loyalty.balances import Balance
from regulars.loyalty.posting import currency_of, newest
from regulars.loyalty.tier_place import TierPlace, tier_places

LOTS_MAX = 1000


class Sql(Statements, file="member.sql"):
    standing: Query
    programmes_of: Query
    lots: Query
    lot_history: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A row of the query of this name."""

    member_id: int
    customer_id: int
    joined_at: datetime
    terms_version: str
    currency: str
    active: int
    pending: int
    owed: int
    spent: int
    expired: int
    spendable: int
    sharing: bool
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    programme: str
    programme_name: str
    customer_id: int
    joined_at: datetime
    terms_version: str
    currency: str
    balance: Balance
    spendable: int  # Active without what is held, and what is past its time and waits for the expiry job.
    tier: TierPlace | None  # In the set that is shown first.
    tiers: tuple[TierPlace, ...] = ()  # In each set, that one included.
    household: int | None = None  # What all who share points can spend together; None: shared with nobody.


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    id: int
    transfer_id: int
    earned_at: datetime
    active_from: datetime
    expires_at: datetime | None  # The first instant at which it cannot be spent any more.
    amount: int
    remaining: int
    pending: bool
    currency: str
    order_key: str | None
    rule: str | None
    reason: str | None

    @property
    def public(self) -> str:
        return public_id("lot", self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotMove:
    transfer_id: int
    kind: str
    amount: int  # Negative: taken out of the lot; positive: given back.
    booked_at: datetime
    remaining_after: int
    reason: str | None


def programmes_of(tx: Tx, customer_id: int) -> list[str]:
    return values(tx, SQL.programmes_of, customer_id=customer_id)


def member(
    tx: Tx, customer_id: int, *, programme: str, at: datetime, currency: str | None = None
) -> Member | None:
    """A member's standing now; None when the customer is no member."""
    version = newest(tx, programme)
    body = version.programme
    coin = currency_of(version, currency)
    found = maybe(
        tx,
        SQL.standing,
        Standing,
        programme_id=version.programme_id,
        customer_id=customer_id,
        currency=coin.code,
        at=at,
    )
    if found is None:
        return None
    tiers = tier_places(tx, body, found.member_id, at)
    return Member(
        programme=programme,
        programme_name=body.name,
        customer_id=customer_id,
        joined_at=found.joined_at,
        terms_version=found.terms_version,
        currency=coin.code,
        balance=Balance(
            active=found.active,
            pending=found.pending,
            spent=found.spent,
            expired=found.expired,
            owed=found.owed,
            held=found.held,
        ),
        spendable=found.spendable,
        tier=tiers[0] if tiers else None,
        tiers=tiers,
        household=found.spendable if found.sharing else None,
    )


def lots(tx: Tx, customer_id: int, *, programme: str) -> list[Lot]:
    """The member's lots, first those with something left, in the order in which they pay; at most 1,000."""
    programme_id = newest(tx, programme).programme_id
    return rows(tx, SQL.lots, Lot, programme_id=programme_id, customer_id=customer_id, limit=LOTS_MAX)


def lot_history(tx: Tx, lot_id: int) -> list[LotMove]:
    """Every transfer that took from a lot or gave back to it, in order."""
    return rows(tx, SQL.lot_history, LotMove, lot_id=lot_id)

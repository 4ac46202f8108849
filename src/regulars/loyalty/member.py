"""One member: the five-number balance, the tier and why, the lots and what paid from them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.db import Query, Statements, Tx, maybe, rows, value, values
from regulars.kernel import local_day, public_id
from regulars.loyalty.accrual import Version
from regulars.loyalty.balances import Balance
from regulars.loyalty.posting import currency_of, newest
from regulars.loyalty.tier_set import TierSet

LOTS_MAX = 1000


class Sql(Statements, file="member.sql"):
    standing: Query
    last_tier_change: Query
    programmes_of: Query
    lots: Query
    lot_history: Query
    currency_id: Query


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
    tier: int | None
    tier_since: datetime | None
    tier_valid_until: datetime | None
    collected: int
    spendable: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierChange:
    tier_before: int
    tier_after: int
    collected: int
    reason: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TierPlace:
    name: str
    number: int  # 1 is the first.
    since: datetime
    valid_until: datetime | None  # The next review that may lower it.
    collected: int  # In the window, as of the asked instant.
    next_name: str | None
    next_threshold: int | None
    to_next: int  # Points still missing; 0 on the highest.
    progress: float  # 0 to 1, from this tier's threshold to the next's; for drawing only.
    why: str


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
    tier: TierPlace | None


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
    tier_set = body.tier_set
    coin = currency_of(version, currency)
    found = maybe(
        tx,
        SQL.standing,
        Standing,
        programme_id=version.programme_id,
        customer_id=customer_id,
        currency=coin.code,
        tier_set=tier_set.key if tier_set else None,
        tier_currency_id=tier_currency(tx, version, tier_set),
        window_days=tier_set.window_days if tier_set else 0,
        at=at,
    )
    if found is None:
        return None
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
        tier=tier_place(tx, version, tier_set, found, at) if tier_set else None,
    )


def tier_currency(tx: Tx, version: Version, tier_set: TierSet | None) -> int | None:
    if tier_set is None:
        return None
    return int(value(tx, SQL.currency_id, programme_id=version.programme_id, code=tier_set.currency))


def tier_place(
    tx: Tx, version: Version, tier_set: TierSet, found: Standing, at: datetime
) -> TierPlace | None:
    if found.tier is None or found.tier_since is None:
        return None
    tiers = tier_set.tiers
    number = min(found.tier, len(tiers))
    own, following = tiers[number - 1], tiers[number] if number < len(tiers) else None
    change = maybe(tx, SQL.last_tier_change, TierChange, member_id=found.member_id, tier_set=tier_set.key)
    width = following.threshold - own.threshold if following else 1
    reached = (found.collected - own.threshold) / width if following else 1.0
    return TierPlace(
        name=own.name,
        number=number,
        since=found.tier_since,
        valid_until=found.tier_valid_until,
        collected=found.collected,
        next_name=following.name if following else None,
        next_threshold=following.threshold if following else None,
        to_next=max(0, following.threshold - found.collected) if following else 0,
        progress=min(1.0, max(0.0, reached)),
        why=why(tier_set, found, change, version.programme.zone, at),
    )


HOW = {
    "collected": "Reached",
    "review": "Set by the review",
    "merge": "Brought by a merged profile",
    "split": "Its own again, a profile having left,",
}


def why(tier_set: TierSet, found: Standing, change: TierChange | None, zone: str, at: datetime) -> str:
    """Why this tier, in a sentence or three."""
    tiers = tier_set.tiers
    since = local_day(at - timedelta(days=tier_set.window_days), zone)
    window = f"{found.collected:,} collected in {tier_set.window_days} days (since {since:%-d %B %Y})."
    if change is None or change.tier_after > len(tiers):
        return f"{tiers[0].name} from joining on {local_day(found.joined_at, zone):%-d %B %Y}. {window}"
    day = local_day(change.occurred_at, zone)
    how = HOW[change.reason]
    kept = ""
    if found.tier_valid_until is not None:
        kept = f" Safe until {local_day(found.tier_valid_until, zone):%-d %B %Y}."
    name = tiers[change.tier_after - 1].name
    return f"{name}: {how.lower()} on {day:%-d %B %Y} with {change.collected:,} collected.{kept} Now {window}"


def lots(tx: Tx, customer_id: int, *, programme: str) -> list[Lot]:
    """The member's lots, first those with something left, in the order in which they pay; at most 1,000."""
    programme_id = newest(tx, programme).programme_id
    return rows(tx, SQL.lots, Lot, programme_id=programme_id, customer_id=customer_id, limit=LOTS_MAX)


def lot_history(tx: Tx, lot_id: int) -> list[LotMove]:
    """Every transfer that took from a lot or gave back to it, in order."""
    return rows(tx, SQL.lot_history, LotMove, lot_id=lot_id)

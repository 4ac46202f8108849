"""What conditions can measure of loyalty: tiers, balances, lots that expire, transfers.

Points are counted as people read them: 1234 of a currency with two decimals is 12.34.
"""

from regulars.conditions import Column, Source

PROGRAMME = Column(type="text", title="programme")
CURRENCY = Column(type="text", title="points currency")
# Joining, earning, expiring, spending, and what comes along with a merged profile.
TOLD = (
    "regulars.loyalty.joined",
    "regulars.loyalty.points_earned",
    "regulars.loyalty.points_expired",
    "regulars.loyalty.points_moved",
    "regulars.loyalty.points_changed",
)

TIER = Source(
    name="tier",
    title="tiers",
    one="tier",
    verb="has",
    rows="select customer_id, since as at, programme, tier_set, tier, tier_number::double precision as number"
    " from loyalty.fact_tier",
    by_atom=False,
    columns={
        "programme": PROGRAMME,
        "tier_set": Column(type="text", title="tier set"),
        "tier": Column(type="text", title="name"),
        "number": Column(type="number", title="rank"),
    },
    touched_by=("regulars.loyalty.joined", "regulars.loyalty.tier_changed"),
)
BALANCE = Source(
    name="balance",
    title="points balances",
    one="points balance",
    verb="has",
    rows="select customer_id, programme, currency, active, pending, owed, held from loyalty.fact_balance",
    by_atom=False,
    has_moment=False,
    columns={
        "programme": PROGRAMME,
        "currency": CURRENCY,
        "active": Column(type="number", title="points to spend"),
        "pending": Column(type="number", title="points still waiting"),
        "owed": Column(type="number", title="points owed"),
        "held": Column(type="number", title="points held for a payment"),
    },
    touched_by=(*TOLD, "regulars.loyalty.points_held", "regulars.loyalty.hold_resolved"),
)
LOT = Source(
    name="lot",
    title="lots of points that expire",
    one="lot of points that expires",
    verb="has",
    rows="select atom_id as customer_id, expires_at as at, programme, currency, remaining, pending, "
    "earned_at from loyalty.fact_lot",
    by_atom=True,
    ahead=True,
    columns={
        "programme": PROGRAMME,
        "currency": CURRENCY,
        "remaining": Column(type="number", title="points that expire"),
        "pending": Column(type="boolean", title="still waiting"),
        "earned_at": Column(type="instant", title="moment of earning"),
    },
    touched_by=TOLD,
)
TRANSFER = Source(
    name="transfer",
    title="transfers of points",
    one="transfer of points",
    verb="had",
    rows="select atom_id as customer_id, occurred_at as at, kind as name, points as amount, rule, programme, "
    "currency, reason, booked_at from loyalty.fact_transfer",
    by_atom=True,
    has_name=True,
    names=(
        "earn",
        "spend",
        "adjust",
        "expire",
        "activate",
        "reversal",
        "repay",
        "merge",
        "split",
        "gift",
        "pool",
        "reinstate",
    ),
    columns={
        "amount": Column(type="number", title="amount"),
        "rule": Column(type="text", title="earning rule"),
        "programme": PROGRAMME,
        "currency": CURRENCY,
        "reason": Column(type="text", title="reason"),
        "booked_at": Column(type="instant", title="moment of booking"),
    },
    touched_by=TOLD,
)
SOURCES = (TIER, BALANCE, LOT, TRANSFER)

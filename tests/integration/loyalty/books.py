"""Factories for the loyalty tests: a programme in force, orders as the room `orders` leaves them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from regulars.db import Tx, copy_rows
from regulars.loyalty import Period, Programme, Tier, TierSet, launch_version, points_club

START = datetime(2025, 1, 1, 5, tzinfo=UTC)
CLUB = points_club(name="Club", legal_entity="Corner Shop Ltd", zone="America/New_York", money="USD")


@dataclass(frozen=True, kw_only=True)
class Sale:
    position: int
    customer: int
    at: datetime
    minor: int
    lines: tuple[tuple[str, int], ...] = ()
    booked_at: datetime | None = None
    atom: int | None = None  # The profile that ordered, when it was merged into the customer.
    history: bool = False


def changed(programme: Programme = CLUB, **fields: object) -> Programme:
    return Programme(**{name: getattr(programme, name) for name in programme.__struct_fields__} | fields)


def open_club(tx: Tx, programme: Programme = CLUB, *, at: datetime = START, version: int = 1) -> None:
    launch_version(tx, "club", version, programme, at)


def put_sales(tx: Tx, sales: Sequence[Sale]) -> None:
    copy_rows(
        tx,
        "orders.purchase",
        (
            "order_id", "order_key", "customer_id", "position", "revised_position", "revision", "occurred_at",
            "booked_at", "currency", "total_minor", "discount_minor", "line_count", "atom_id", "history",
        ),
        (
            (
                s.position, f"order-{s.position}", s.customer, s.position, s.position, 1, s.at, s.booked_at or s.at,
                "USD", s.minor, 0, len(s.lines), s.atom, s.history,
            )
            for s in sales
        ),
    )  # fmt: skip
    products = sorted({key for s in sales for key, _ in s.lines})
    for number, key in enumerate(products):
        tx.execute(
            "insert into orders.product (product_id, product_key) values (%s, %s) on conflict do nothing",
            (number + 1_000_000, key),
        )
    ids = dict(tx.execute("select product_key, product_id from orders.product").fetchall())
    copy_rows(
        tx,
        "orders.line",
        ("order_id", "line", "customer_id", "product_id", "total_minor", "discount_minor"),
        (
            (s.position, n, s.customer, ids[key], minor, 0)
            for s in sales
            for n, (key, minor) in enumerate(s.lines, 1)
        ),
    )


def after(days: float) -> datetime:
    return START + timedelta(days=days)


def no_tiers(**fields: object) -> Programme:
    return changed(tier_set=None, **fields)


def steep_tiers(multiplier: str = "1", **fields: object) -> TierSet:
    tiers = (
        Tier(name="Member", threshold=0),
        Tier(name="Silver", threshold=100, multiplier=multiplier),
        Tier(name="Gold", threshold=300, multiplier=multiplier),
    )
    return TierSet(**{"key": "club", "window_days": 60, "valid_days": 30, "tiers": tiers} | fields)


DAYS_30 = Period(count=30, unit="days", round_to="end_of_day")

"""Reconciliation: our orders beside the shop's own figures, day by day and order by order.

What the shop gave is kept; ours is counted anew each time it is looked at, so that a mended day shows it.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal, cast

from regulars.db import Query, Statements, Tx, copy_rows, maybe, rows, run, value
from regulars.kernel import (
    Invalid,
    Money,
    NotFound,
    Page,
    day_bounds,
    decode_cursor,
    encode_cursor,
    public_id,
)
from regulars.orders.figures_file import TheirDay, Theirs

RECONCILIATION_PREFIX = "rec"
DAYS_MAX = 800
PAGE_SIZE = 50
DifferenceKind = Literal["missing_here", "missing_there", "other_amount", "other_day"]
DIFFERENCE_KINDS: tuple[DifferenceKind, ...] = ("missing_here", "missing_there", "other_amount", "other_day")


class TooManyDays(Invalid):
    code: ClassVar[str] = "orders.too_many_days"


class Sql(Statements, file="reconciliation.sql"):
    add_reconciliation: Query
    note_then: Query
    get_reconciliation: Query
    list_reconciliations: Query
    stage_ours: Query
    unstage_ours: Query
    days: Query
    stage_differences: Query
    unstage_differences: Query
    count_differences: Query
    differences: Query
    last_currency: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    reconciliation_id: int
    title: str
    source: str | None  # None: what stands, whoever reported it.
    currency: str
    zone: str  # Whose days are meant.
    by_order: bool
    with_refunds: bool
    file_name: str | None
    made_by: str
    made_at: datetime
    first_day: date
    last_day: date
    then_differing: int  # Days that differed when it was made.
    then_ours_orders: int
    then_ours_minor: int

    @property
    def id(self) -> str:
        return public_id(RECONCILIATION_PREFIX, self.reconciliation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    day_number: int
    ours_orders: int
    ours_minor: int
    theirs_orders: int
    theirs_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedDay:
    day: date
    ours_orders: int
    ours: Money
    theirs_orders: int
    theirs: Money

    @property
    def orders_difference(self) -> int:
        return self.ours_orders - self.theirs_orders

    @property
    def difference(self) -> Money:
        return self.ours - self.theirs

    @property
    def agrees(self) -> bool:
        return self.orders_difference == 0 and self.difference.minor == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    kind: DifferenceKind
    order_key: str
    order_id: int | None
    day_number: int
    ours_day_number: int | None
    ours_minor: int | None
    theirs_minor: int | None
    known_as: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One order that is not the same on both sides."""

    kind: DifferenceKind
    order_key: str
    order_id: int | None  # Ours, where we know it at all.
    day: date  # Theirs, else ours.
    ours_day: date | None
    ours: Money | None
    theirs: Money | None
    known_as: (
        str | None
    )  # Why it is not among ours though known: cancelled, other_day, other_source, other_currency.


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    kind: DifferenceKind
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How both sides stand now."""

    days: tuple[ComparedDay, ...]
    differences: dict[DifferenceKind, int]  # Empty when only sums of days were given.

    @property
    def differing(self) -> int:
        return sum(not one.agrees for one in self.days)


def reconcile(
    tx: Tx,
    theirs: Theirs,
    *,
    title: str,
    source: str | None,
    currency: str,
    zone: str,
    made_by: str,
    at: datetime,
    file_name: str | None = None,
) -> Reconciliation:
    """Keep the shop's figures, with who gave them and when, and compare; raises TooManyDays beyond 800."""
    days = theirs.days or _days_of(theirs)
    first, last = min(one.day for one in days), max(one.day for one in days)
    if (last - first).days >= DAYS_MAX:
        raise TooManyDays(f"From {first} to {last} are more than {DAYS_MAX} days: compare a year at a time.")
    reconciliation_id = value(
        tx,
        SQL.add_reconciliation,
        title=title,
        source=source,
        currency=currency,
        zone=zone,
        by_order=bool(theirs.orders),
        with_refunds=theirs.with_refunds,
        file_name=file_name,
        made_by=made_by,
        at=at,
        first_day=first,
        last_day=last,
    )
    _keep(tx, reconciliation_id, days, theirs)
    made = get_reconciliation(tx, reconciliation_id)
    found = compare(tx, made)
    run(
        tx,
        SQL.note_then,
        reconciliation_id=reconciliation_id,
        differing=found.differing,
        orders=sum(one.ours_orders for one in found.days),
        minor=sum(one.ours.minor for one in found.days),
    )
    return get_reconciliation(tx, reconciliation_id)


def _days_of(theirs: Theirs) -> tuple[TheirDay, ...]:
    sums: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for one in theirs.orders:
        sums[one.day][0] += 1
        sums[one.day][1] += one.total_minor - ((one.refunded_minor or 0) if theirs.with_refunds else 0)
    return tuple(TheirDay(day=day, orders=n, total_minor=minor) for day, (n, minor) in sorted(sums.items()))


def _keep(tx: Tx, reconciliation_id: int, days: tuple[TheirDay, ...], theirs: Theirs) -> None:
    copy_rows(
        tx,
        "orders.reconciliation_day",
        ("reconciliation_id", "day", "orders", "total_minor"),
        ((reconciliation_id, one.day, one.orders, one.total_minor) for one in days),
    )
    copy_rows(
        tx,
        "orders.reconciliation_order",
        ("reconciliation_id", "order_key", "day", "total_minor", "refunded_minor"),
        (
            (reconciliation_id, one.order_key, one.day, one.total_minor, one.refunded_minor)
            for one in theirs.orders
        ),
    )


def get_reconciliation(tx: Tx, reconciliation_id: int) -> Reconciliation:
    """One comparison as it was made; raises NotFound."""
    found = maybe(tx, SQL.get_reconciliation, Reconciliation, reconciliation_id=reconciliation_id)
    if found is None:
        raise NotFound(f"There is no reconciliation {public_id(RECONCILIATION_PREFIX, reconciliation_id)}.")
    return found


def list_reconciliations(tx: Tx, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[Reconciliation]:
    """A page of the comparisons that were made, the latest first."""
    before = decode_cursor(cursor, (int,))[0] if cursor else None
    found = rows(tx, SQL.list_reconciliations, Reconciliation, before=before, limit=limit + 1)
    more = encode_cursor(found[limit - 1].reconciliation_id) if len(found) > limit else None
    return Page(tuple(found[:limit]), more)


def compare(tx: Tx, made: Reconciliation) -> Compared:
    """Each day of the comparison, ours counted now, and how many single orders differ in which way."""
    with _ours(tx, made):
        found = rows(tx, SQL.days, DayRow, reconciliation_id=made.reconciliation_id, first_day=made.first_day)
        counts: list[KindCount] = []
        if made.by_order:
            with _differences(tx, made):
                counts = rows(tx, SQL.count_differences, KindCount)
    by_number = {row.day_number: row for row in found}
    length = (made.last_day - made.first_day).days + 1
    empty = DayRow(day_number=0, ours_orders=0, ours_minor=0, theirs_orders=0, theirs_minor=0)
    return Compared(
        days=tuple(_day(made, number, by_number.get(number, empty)) for number in range(length)),
        differences={one.kind: one.orders for one in counts},
    )


def _day(made: Reconciliation, number: int, row: DayRow) -> ComparedDay:
    return ComparedDay(
        day=made.first_day + timedelta(days=number),
        ours_orders=row.ours_orders,
        ours=Money(row.ours_minor, made.currency),
        theirs_orders=row.theirs_orders,
        theirs=Money(row.theirs_minor, made.currency),
    )


def differences(
    tx: Tx,
    made: Reconciliation,
    kind: DifferenceKind | None = None,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Difference]:
    """A page of the orders that differ, by day; nothing when only sums of days were given."""
    if not made.by_order:
        return Page(())
    day, key = decode_cursor(cursor, (int, str)) if cursor else (None, None)
    with _ours(tx, made), _differences(tx, made):
        found = rows(
            tx, SQL.differences, DifferenceRow, kind=kind, after_day=day, after_key=key, limit=limit + 1
        )
    last = found[limit - 1] if len(found) > limit else None
    more = encode_cursor(last.day_number, last.order_key) if last else None
    return Page(tuple(_difference(made, row) for row in found[:limit]), more)


def _difference(made: Reconciliation, row: DifferenceRow) -> Difference:
    def amount(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, made.currency)

    def day(number: int | None) -> date | None:
        return None if number is None else made.first_day + timedelta(days=number)

    return Difference(
        kind=row.kind,
        order_key=row.order_key,
        order_id=row.order_id,
        day=made.first_day + timedelta(days=row.day_number),
        ours_day=day(row.ours_day_number),
        ours=amount(row.ours_minor),
        theirs=amount(row.theirs_minor),
        known_as=row.known_as,
    )


@contextmanager
def _ours(tx: Tx, made: Reconciliation) -> Iterator[None]:
    """Our orders of the comparison's days in a temporary table; the bounds are the local days'."""
    length = (made.last_day - made.first_day).days + 1
    bounds = [day_bounds(made.first_day + timedelta(days=n), made.zone)[0] for n in range(length)]
    run(
        tx,
        SQL.stage_ours,
        source=made.source,
        currency=made.currency,
        with_refunds=made.with_refunds,
        bounds=bounds,
        start=bounds[0],
        end=day_bounds(made.last_day, made.zone)[1],
    )
    yield
    run(tx, SQL.unstage_ours)


@contextmanager
def _differences(tx: Tx, made: Reconciliation) -> Iterator[None]:
    run(
        tx,
        SQL.stage_differences,
        reconciliation_id=made.reconciliation_id,
        first_day=made.first_day,
        currency=made.currency,
        source=made.source,
        with_refunds=made.with_refunds,
    )
    yield
    run(tx, SQL.unstage_differences)


def last_currency(tx: Tx) -> str | None:
    """The currency of the latest order; None without any."""
    return cast("str | None", value(tx, SQL.last_currency))

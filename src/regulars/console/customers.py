"""The list of customers: search, filters in the address, totals, and the same as a file."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, customers, insights
from regulars.access import Actor
from regulars.app import App
from regulars.console.chart_files import plain_cell
from regulars.console.console import pages
from regulars.console.frame import Found
from regulars.console.landmarks import Landmarks, Place, chip, landmarks, place, why_masked
from regulars.console.parts import Chip, Column
from regulars.console.visit import Visit, Visiting, page
from regulars.customers import Customer
from regulars.db import Tx
from regulars.insights import Narrowing, Standing
from regulars.kernel import Money, Page, day_bounds, local_day

router = pages()
JOINED = (
    ("", "Joined at any time"),
    ("7", "Joined in 7 days"),
    ("28", "Joined in 28 days"),
    ("91", "Joined in 91 days"),
)
COLUMNS = (
    Column(title="Customer"),
    Column(title="Contact"),
    Column(title="Stage"),
    Column(title="Tier"),
    Column(title="Points", numeric=True),
    Column(title="Orders", numeric=True),
    Column(title="Spent, all time", numeric=True),
    Column(title="Last order", numeric=True),
)
EXPORT_COLUMNS = (
    "id", "user_id", "name", "email", "phone", "stage", "tier", "points", "orders", "spent", "currency",
    "last_order",
)  # fmt: skip
EXPORT_PAGE = 500
PALETTE_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the list is narrowed to, as it stands in the address."""

    q: str = ""
    stage: str = ""
    tier: str = ""
    joined: str = ""

    def href(self, path: str = "/customers", **more: str) -> str:
        told = {name: getattr(self, name) for name in ("q", "stage", "tier", "joined")} | more
        kept = {name: value for name, value in told.items() if value}
        return f"{path}?{urlencode(kept)}" if kept else path

    @property
    def narrowed(self) -> bool:
        return any((self.q.strip(), self.stage, self.tier, self.joined))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    chip: Chip
    email: str
    phone: str
    place: Place
    orders: int
    spent: Money | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerList:
    asked: Asked
    marks: Landmarks
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    next_href: str
    first_href: str
    found: int | None  # None while a search is longer than one page.
    everybody: int
    why_masked: str
    export_href: str  # Empty when it may not be exported.
    why_no_export: str
    joined_choices: tuple[tuple[str, str], ...] = JOINED


@router.get("/customers")
def customer_list(
    visit: Visiting, q: str = "", stage: str = "", tier: str = "", joined: str = "", cursor: str = ""
) -> Response:
    access.require(visit.actor, "customers.view")
    asked = Asked(q=q[:200], stage=stage, tier=tier, joined=joined)
    with visit.app.database.transaction() as tx:
        value = listed(tx, visit, asked, cursor)
    return page(visit, "customers/list.html", value)


def listed(tx: Tx, visit: Visit, asked: Asked, cursor: str) -> CustomerList:
    marks = landmarks(tx)
    by = narrowing(asked, marks, visit.app.now(tx), visit.app.zone)
    found = fitting(tx, asked, by, cursor or None)
    everybody = customers.count(tx)
    export = access.allows(visit.actor, "customers.export")
    return CustomerList(
        asked=asked,
        marks=marks,
        columns=COLUMNS,
        rows=tuple(rows_of(tx, visit.actor, found.items, by, marks)),
        next_href=asked.href(cursor=found.next) if found.next else "",
        first_href=asked.href() if cursor else "",
        found=_count(tx, asked, by, found, everybody, later=bool(cursor)),
        everybody=everybody,
        why_masked=why_masked(visit.actor),
        export_href=asked.href("/customers/export.csv") if export.outcome == "yes" else "",
        why_no_export="" if export.outcome == "yes" else export.reason,
    )


def narrowing(asked: Asked, marks: Landmarks, at: datetime, zone: str) -> Narrowing:
    """What the address says, as far as it is known; a tier nobody has finds nobody."""
    days = int(asked.joined) if asked.joined.isdecimal() and len(asked.joined) < 5 else 0  # noqa: PLR2004
    since: date | None = local_day(at, zone) - timedelta(days=days) if days else None
    return Narrowing(
        approach=marks.approach,
        programme=marks.programme,
        stage=asked.stage or None,
        tier=asked.tier or None,
        joined_since=day_bounds(since, zone)[0] if since else None,
    )


def fitting(
    tx: Tx, asked: Asked, by: Narrowing, cursor: str | None, limit: int = insights.PAGE_SIZE
) -> Page[Customer]:
    if asked.q.strip():
        return insights.searched(tx, asked.q, by, cursor, limit)
    return insights.roll(tx, by, cursor, limit)


def _count(
    tx: Tx, asked: Asked, by: Narrowing, found: Page[Customer], everybody: int, *, later: bool
) -> int | None:
    if asked.q.strip():
        return None if found.next or later else len(found.items)
    return insights.roll_count(tx, by) if by.narrows else everybody


def rows_of(
    tx: Tx, actor: Actor, found: Iterable[Customer], by: Narrowing, marks: Landmarks
) -> Iterator[Row]:
    shown = list(found)
    ids = [customer.customer_id for customer in shown]
    standings = insights.standings(tx, ids, approach=by.approach, programme=by.programme)
    hidden = bool(why_masked(actor))
    for customer in shown:
        yield _row(
            customers.masked(customer, may_see_contacts=not hidden), standings[customer.customer_id], marks
        )


def _row(customer: Customer, standing: Standing, marks: Landmarks) -> Row:
    return Row(
        chip=chip(customer),
        email=customer.email or "",
        phone=customer.phone or "",
        place=place(standing, marks),
        orders=standing.orders,
        spent=standing.spent,
        last_at=standing.last_at,
    )


@router.get("/customers/export.csv")
def export(visit: Visiting, q: str = "", stage: str = "", tier: str = "", joined: str = "") -> Response:
    """Everybody whom the list would show, in its order, with contact details masked as they are there."""
    access.require(visit.actor, "customers.export")
    asked = Asked(q=q[:200], stage=stage, tier=tier, joined=joined)
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        marks = landmarks(tx)
        by = narrowing(asked, marks, at, visit.app.zone)
        lines = list(exported(tx, visit.actor, asked, by, marks))
        access.recorded(
            tx,
            visit.actor,
            "customers.export",
            subject_kind="customers",
            subject=asked.href(),
            before=None,
            after={"customers": len(lines), "contacts_masked": bool(why_masked(visit.actor))},
            at=at,
        )
    headers = {"Content-Disposition": 'attachment; filename="customers.csv"'}
    return Response(_csv(lines), media_type="text/csv; charset=utf-8", headers=headers)


def exported(
    tx: Tx, actor: Actor, asked: Asked, by: Narrowing, marks: Landmarks
) -> Iterator[tuple[object, ...]]:
    hidden, cursor = bool(why_masked(actor)), None
    while True:
        found = fitting(tx, asked, by, cursor, EXPORT_PAGE)
        ids = [customer.customer_id for customer in found.items]
        standings = insights.standings(tx, ids, approach=by.approach, programme=by.programme)
        for one in found.items:
            yield _line(customers.masked(one, may_see_contacts=not hidden), standings[one.customer_id], marks)
        if found.next is None:
            return
        cursor = found.next


def _line(one: Customer, at: Standing, marks: Landmarks) -> tuple[object, ...]:
    return (
        one.id,
        one.user_id,
        one.name,
        one.email,
        one.phone,
        marks.stage_title(at.stage),
        at.tier,
        at.active_points,
        at.orders,
        at.spent.decimal if at.spent else None,
        at.currency,
        at.last_at.isoformat() if at.last_at else None,
    )


def _csv(lines: Iterable[tuple[object, ...]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(EXPORT_COLUMNS)
    writer.writerows([plain_cell(cell) for cell in line] for line in lines)
    return out.getvalue().encode()


def find(app: App, actor: Any, asked: str) -> list[Found]:
    """The customers that the palette offers for some words."""
    if access.allows(actor, "customers.view").outcome != "yes":
        return []
    with app.database.transaction() as tx:
        found = customers.search(tx, asked, limit=PALETTE_LINES).items
    return [
        Found(
            title=one.title, href=f"/customers/{one.id}", kind="Customer", icon="user", note=one.user_id or ""
        )
        for one in found
    ]

"""The list of customers: search, filters in the address, totals, and the same as a file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query
from starlette.responses import RedirectResponse, Response

from regulars import access, customers, insights
from regulars.access import Actor
from regulars.app import App
from regulars.console.console import pages
from regulars.console.customer_columns import (
    COLUMNS_MAX,
    Cell,
    ListColumn,
    Shown,
    chosen_columns,
    known_columns,
)
from regulars.console.customer_views import FILTERS, Views, default_href, views_of
from regulars.console.frame import Found
from regulars.console.landmarks import Landmarks, Place, chip, landmarks, place, why_masked
from regulars.console.parts import Chip
from regulars.console.segments.listing import choices as list_choices
from regulars.console.visit import Visit, Visiting, page
from regulars.customers import Customer
from regulars.db import Tx
from regulars.insights import Narrowing
from regulars.kernel import Money, Page, day_bounds, local_day

router = pages()
JOINED = (
    ("", "Joined at any time"),
    ("7", "Joined in 7 days"),
    ("28", "Joined in 28 days"),
    ("91", "Joined in 91 days"),
)
# What a column of the list is in a file, where each holds one thing.
FILE_NAMES = {
    "contact": ("email", "phone"),
    "spent": ("spent", "currency"),
    "last_order": ("last_order_at",),
    "first_seen": ("first_seen_at",),
    "last_seen": ("last_seen_at",),
}
PALETTE_LINES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the list is narrowed to, as it stands in the address."""

    q: str = ""
    stage: str = ""
    tier: str = ""
    joined: str = ""
    view: str = ""  # The saved view it came from.
    columns: tuple[str, ...] = ()  # Their keys; none are the usual ones.

    def href(self, path: str = "/customers", **more: str) -> str:
        told = {name: getattr(self, name) for name in (*FILTERS, "view")} | more
        kept = [(name, value) for name, value in told.items() if value]
        kept += [("column", key) for key in self.columns]
        return f"{path}?{urlencode(kept)}" if kept else path

    @property
    def narrowed(self) -> bool:
        return any((self.q.strip(), self.stage, self.tier, self.joined))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    id: str
    chip: Chip
    place: Place
    last_at: datetime | None
    spent: Money | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerList:
    asked: Asked
    marks: Landmarks
    views: Views
    columns: tuple[ListColumn, ...]
    choices: tuple[tuple[str, str, bool], ...]  # Key, title, and whether it is shown, of every column.
    rows: tuple[Row, ...]
    next_href: str
    first_href: str
    found: int | None  # None while a search is longer than one page.
    everybody: int
    why_masked: str
    export_href: str  # Empty when it may not be exported.
    why_no_export: str
    lists: tuple[tuple[str, str], ...]  # On which those who are found may be put.
    may_list: bool
    joined_choices: tuple[tuple[str, str], ...] = JOINED


def asked_of(
    q: str = "",
    stage: str = "",
    tier: str = "",
    joined: str = "",
    view: str = "",
    column: Annotated[list[str] | None, Query()] = None,
) -> Asked:
    """The list's part of an address."""
    columns = tuple(key[:200] for key in (column or [])[:COLUMNS_MAX] if key)
    return Asked(q=q[:200], stage=stage, tier=tier, joined=joined, view=view[:40], columns=columns)


Asking = Annotated[Asked, Depends(asked_of)]


@router.get("/customers")
def customer_list(visit: Visiting, asked: Asking, cursor: str = "") -> Response:
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        first = "" if visit.request.url.query else default_href(tx, visit.actor)
        if first:
            return RedirectResponse(first, status_code=303)
        value = listed(tx, visit, asked, cursor)
    return page(visit, "customers/list.html", value)


def listed(tx: Tx, visit: Visit, asked: Asked, cursor: str) -> CustomerList:
    marks = landmarks(tx)
    by = narrowing(asked, marks, visit.app.now(tx), visit.app.zone)
    found = fitting(tx, visit.actor, asked, by, cursor or None)
    everybody = customers.count(tx)
    export = access.allows(visit.actor, "customers.export")
    known = known_columns(tx)
    columns = chosen_columns(asked.columns, known)
    keys = {column.key for column in columns}
    choices = {**known, **{column.key: column for column in columns}}
    return CustomerList(
        asked=asked,
        marks=marks,
        views=views_of(tx, visit.actor, asked.view),
        columns=columns,
        choices=tuple((key, column.title, key in keys) for key, column in choices.items()),
        rows=tuple(rows_of(tx, visit.actor, found.items, by, marks, columns)),
        next_href=asked.href(cursor=found.next) if found.next else "",
        first_href=asked.href() if cursor else "",
        found=_count(tx, asked, by, found, everybody, later=bool(cursor)),
        everybody=everybody,
        why_masked=why_masked(visit.actor),
        export_href=export_href(asked, by, columns) if export.outcome != "no" else "",
        why_no_export=export.reason if export.outcome == "no" else "",
        lists=list_choices(tx, visit.actor),
        may_list=access.allows(visit.actor, "segments.publish").outcome != "no",
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
    tx: Tx, actor: Actor, asked: Asked, by: Narrowing, cursor: str | None, limit: int = insights.PAGE_SIZE
) -> Page[Customer]:
    if asked.q.strip():
        return insights.searched(tx, asked.q, by, cursor, limit, contacts=not why_masked(actor))
    return insights.roll(tx, by, cursor, limit)


def _count(
    tx: Tx, asked: Asked, by: Narrowing, found: Page[Customer], everybody: int, *, later: bool
) -> int | None:
    if asked.q.strip():
        return None if found.next or later else len(found.items)
    return insights.roll_count(tx, by) if by.narrows else everybody


def shown_of(
    tx: Tx, actor: Actor, found: Iterable[Customer], by: Narrowing, marks: Landmarks
) -> Iterator[Shown]:
    """Customers with where they stand, masked for who may not see contact details."""
    listed = list(found)
    ids = [customer.customer_id for customer in listed]
    standings = insights.standings(tx, ids, approach=by.approach, programme=by.programme)
    hidden = bool(why_masked(actor))
    personal = customers.personal_traits(tx) if hidden else frozenset()
    for customer in listed:
        standing = standings[customer.customer_id]
        masked = customers.masked(customer, may_see_contacts=not hidden, personal=personal)
        yield Shown(customer=masked, standing=standing, place=place(standing, marks))


def export_href(asked: Asked, by: Narrowing, columns: Sequence[ListColumn]) -> str:
    """Where the list is asked for as a file: the same people, by the same columns."""
    since = by.joined_since.isoformat() if by.joined_since else None
    told = {
        "listing": "customers",
        "q": asked.q.strip(),
        "stage": by.stage,
        "tier": by.tier,
        "joined_since": since,
        "approach": by.approach if by.stage else None,
        "programme": by.programme if by.tier or since else None,
    }
    kept = [(name, text) for name, text in told.items() if text]
    names = [name for column in columns for name in FILE_NAMES.get(column.key, (column.key,))]
    kept += [("column", name) for name in dict.fromkeys(("customer_id", "user_id", "name", *names))]
    return f"/data/exports/new?{urlencode(kept)}"


def rows_of(
    tx: Tx,
    actor: Actor,
    found: Iterable[Customer],
    by: Narrowing,
    marks: Landmarks,
    columns: Sequence[ListColumn],
) -> Iterator[Row]:
    for shown in shown_of(tx, actor, found, by, marks):
        yield Row(
            id=shown.customer.id,
            chip=chip(shown.customer),
            place=shown.place,
            last_at=shown.standing.last_at,
            spent=shown.standing.spent,
            cells=tuple(column.cell(shown) for column in columns),
        )


def find(app: App, actor: Any, asked: str) -> list[Found]:
    """The customers that the palette offers for some words."""
    if access.allows(actor, "customers.view").outcome != "yes":
        return []
    with app.database.transaction() as tx:
        found = customers.search(tx, asked, limit=PALETTE_LINES, contacts=not why_masked(actor)).items
    return [
        Found(
            title=one.title,
            href=f"/customers/{one.id}",
            kind="Customer",
            icon="user",
            note=customers.conceal_text(one.user_id or ""),
        )
        for one in found
    ]

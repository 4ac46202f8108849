"""Merging two people by hand: who it may be, both side by side, what wins and what follows."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, insights, segments
from regulars.console.console import pages
from regulars.console.customer_traits import plain
from regulars.console.formats import count_of, distance, money, number
from regulars.console.identity import (
    ACTION,
    PREFIX,
    SuggestionRow,
    chip_of,
    deciding,
    suggestion_rows,
    without_contacts,
)
from regulars.console.landmarks import why_masked
from regulars.console.parts import Chip, Column, Tab
from regulars.console.profile import memberships
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.customers import AlreadyOne, Contest, Customer
from regulars.db import Tx
from regulars.kernel import parse_public_id

router = pages()
HITS = 8
TRAIT_COLUMNS = (Column(title="Trait"), Column(title="Stays"), Column(title="Comes over"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two people."""

    id: str
    chip: Chip
    email: str
    phone: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestRow:
    name: str
    stays: str
    goes: str
    stays_wins: bool
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePage:
    one: Chip | None  # Who it began with.
    one_id: str
    asked: str
    hits: tuple[tuple[Chip, str], ...]  # Others, and the address of the preview.
    stays: Side | None
    goes: Side | None
    contests: tuple[ContestRow, ...]
    follows: tuple[str, ...]
    suggestions: tuple[SuggestionRow, ...]
    may: access.Decision
    why_masked: str
    reason: str
    trait_columns: tuple[Column, ...] = TRAIT_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionsPage:
    rows: tuple[SuggestionRow, ...]
    tabs: tuple[Tab, ...]
    next_href: str
    wide: tuple[tuple[Chip, str], ...]
    may: access.Decision
    why_masked: str


@router.get("/customers/merge")
def look(visit: Visiting, one: str = "", other: str = "", q: str = "", reason: str = "") -> Response:
    """Choose the other person, then see both side by side; nothing changes."""
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        value = merge_page(tx, visit, one, other, q, reason[:500])
    return page(visit, "customers/identity_merge.html", value)


@router.post("/customers/merge")
def merge(
    visit: Visiting,
    one: Annotated[str, Form()],
    other: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    first, second = parse_public_id(PREFIX, one), parse_public_id(PREFIX, other)
    try:
        with visit.app.database.transaction() as tx:
            customers.merge(tx, deciding(tx, visit, reason), first, second)
            person = customers.get(tx, first)
    except AlreadyOne as late:
        return redirect(visit, f"/customers/{one}", str(late), tone="waiting")
    said = f"Merged into {person.title}: everything that was kept of either is theirs."
    return redirect(visit, f"/customers/{person.id}", said, "It can be undone under Identities.")


@router.get("/customers/suggestions")
def suggestions(visit: Visiting, kind: str = "", cursor: str | None = None) -> Response:
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        titles = customers.kind_titles(tx)
        kind = kind if kind in titles else ""
        found = customers.suggestions(tx, kind=kind or None, cursor=cursor)
        wide = customers.too_wide(tx, limit=10)
        people = customers.by_ids(tx, [one.customer_id for one in wide])
        value = SuggestionsPage(
            rows=suggestion_rows(tx, visit, found.items),
            tabs=_tabs(titles, kind),
            next_href=_next(kind, found.next),
            wide=tuple(
                (chip_of(people[one.customer_id]), f"{count_of(one.atoms, 'record')} hang together")
                for one in wide
                if one.customer_id in people
            ),
            may=access.allows(visit.actor, ACTION),
            why_masked=why_masked(visit.actor),
        )
    return page(visit, "customers/identity_suggestions.html", value)


@router.post("/customers/suggestions/decline")
def decline(
    visit: Visiting,
    one: Annotated[str, Form()],
    other: Annotated[str, Form()],
    back: Annotated[str, Form()] = "",
) -> Response:
    with visit.app.database.transaction() as tx:
        first, second = parse_public_id(PREFIX, one), parse_public_id(PREFIX, other)
        customers.decline(tx, deciding(tx, visit, ""), first, second)
        to = f"/customers/{customers.get(tx, first).id}/identities" if back else "/customers/suggestions"
    return redirect(visit, to, "They are two people: no rule merges them, and it is not suggested again.")


def merge_page(tx: Tx, visit: Visit, one: str, other: str, asked: str, reason: str) -> MergePage:
    first = customers.get(tx, parse_public_id(PREFIX, one)) if one else None
    second = customers.get(tx, parse_public_id(PREFIX, other)) if first and other else None
    both = (first, second) if first and second and first.customer_id != second.customer_id else None
    preview = customers.preview_merge(tx, both[0].customer_id, both[1].customer_id) if both else None
    shown = customers.suggestions(tx, person=first.customer_id, limit=10).items if first else ()
    return MergePage(
        one=chip_of(first) if first else None,
        one_id=first.id if first else "",
        asked=asked,
        hits=_hits(tx, visit, first, asked) if not preview else (),
        stays=_side(tx, visit, preview.stays) if preview else None,
        goes=_side(tx, visit, preview.goes) if preview else None,
        contests=_contests(tx, visit, preview.contests) if preview else (),
        follows=_follows(tx, visit, preview.goes) if preview else (),
        suggestions=suggestion_rows(tx, visit, shown) if not preview else (),
        may=access.allows(visit.actor, ACTION),
        why_masked=why_masked(visit.actor),
        reason=reason,
    )


def _hits(tx: Tx, visit: Visit, first: Customer | None, asked: str) -> tuple[tuple[Chip, str], ...]:
    if not asked.strip():
        return ()
    found = customers.search(tx, asked, limit=HITS + 1, contacts=not why_masked(visit.actor)).items
    return tuple(
        (
            chip_of(hit),
            f"/customers/merge?{urlencode({'one': first.id, 'other': hit.id} if first else {'one': hit.id})}",
        )
        for hit in found
        if first is None or hit.customer_id != first.customer_id
    )[:HITS]


def _side(tx: Tx, visit: Visit, customer: Customer) -> Side:
    at, zone = visit.app.now(tx), visit.app.zone
    shown = without_contacts(tx, visit, customer)
    rhythm = insights.rhythm(tx, customer.customer_id, zone)
    facts = [
        ("Records", number(len(customers.records(tx, customer.customer_id)))),
        ("Orders", number(rhythm.orders)),
        ("Spent", " and ".join(money(one) for one in rhythm.spent) or "nothing yet"),
        ("Last visit", distance(rhythm.last_at, at) if rhythm.last_at else "never"),
    ]
    facts += [(m.member.programme_name, m.active) for m in memberships(tx, customer, at)]
    facts.append(("Segments", ", ".join(_segments(tx, customer)) or "none"))
    return Side(
        id=customer.id,
        chip=chip_of(customer),
        email=shown.email or "",
        phone=shown.phone or "",
        facts=tuple(facts),
    )


def _segments(tx: Tx, customer: Customer) -> list[str]:
    return [stay.title for stay in segments.stays(tx, customer.customer_id) if stay.left_at is None]


def _contests(tx: Tx, visit: Visit, contests: tuple[Contest, ...]) -> tuple[ContestRow, ...]:
    hidden = bool(why_masked(visit.actor))
    personal = customers.personal_traits(tx)

    def shown(name: str, value: Any) -> str:
        if value is None:
            return ""
        masked = customers.masked_values({name: value}, personal)[name] if hidden else value
        return plain(masked)

    return tuple(
        ContestRow(
            name=one.name,
            stays=shown(one.name, one.stays),
            goes=shown(one.name, one.goes),
            stays_wins=one.winner == "stays",
            same=one.stays == one.goes,
        )
        for one in contests
    )


def _follows(tx: Tx, visit: Visit, goes: Customer) -> tuple[str, ...]:
    """What comes over with the one that becomes part of the other."""
    rhythm = insights.rhythm(tx, goes.customer_id, visit.app.zone)
    spent = f" ({' and '.join(money(one) for one in rhythm.spent)})" if rhythm.spent else ""
    said = [
        f"{count_of(rhythm.orders, 'order')}{spent} come over." if rhythm.orders else "No orders come over."
    ]
    said += [
        f"{one.active} in {one.member.programme_name} come over with their expiry."
        for one in memberships(tx, goes, visit.app.now(tx))
    ]
    said.append("Segments are worked out anew from what both did; messages sent to either count for both.")
    said.append(
        "The whole timeline is one; each event keeps the record it came under, so a split can part them."
    )
    return tuple(said)


def _tabs(titles: dict[str, str], kind: str) -> tuple[Tab, ...]:
    shown = {key: title for key, title in titles.items() if key not in ("user_id", "anonymous_id")}
    every = Tab(title="All", href="/customers/suggestions", active=not kind)
    return (
        every,
        *(
            Tab(title=title, href=f"/customers/suggestions?kind={key}", active=key == kind)
            for key, title in shown.items()
        ),
    )


def _next(kind: str, cursor: str | None) -> str:
    if cursor is None:
        return ""
    return f"/customers/suggestions?{urlencode({'cursor': cursor} | ({'kind': kind} if kind else {}))}"

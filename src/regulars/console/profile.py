"""A customer's page: who it is, where they stand, everything that happened, and why they are in a segment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.responses import RedirectResponse, Response

from regulars import access, customers, insights, loyalty, orders, segments
from regulars.console.console import pages
from regulars.console.customer_around import (
    ConsentLine,
    InGroup,
    OrderRow,
    StageStay,
    consent_lines,
    in_groups,
    order_rows,
    stage_history,
    wish_words,
)
from regulars.console.customer_past import Past, PastAsked, past_of
from regulars.console.customer_traits import Trait, trait_lines
from regulars.console.formats import count_of, day, distance, money, number
from regulars.console.happenings import KINDS
from regulars.console.landmarks import landmarks, points_text, stage_tone, why_masked
from regulars.console.parts import Chip, Column, Figure, Tone
from regulars.console.visit import Visit, Visiting, page
from regulars.customers import Customer, Identifier
from regulars.db import Tx
from regulars.insights import Rhythm
from regulars.kernel import Money, NotFound, local_day, parse_public_id
from regulars.loyalty import Member
from regulars.orders import Line, Order
from regulars.segments import Stay

router = pages()
PREFIX = "cus"
LINE_COLUMNS = (
    Column(title="Product"),
    Column(title="Paid", numeric=True),
    Column(title="Discount", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InSegment:
    title: str
    tone: Tone
    since: datetime
    href: str  # Of the segment.
    why_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    member: Member
    href: str
    active: str
    to_next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    customer: Customer
    chip: Chip
    stage: str
    tone: Tone
    tiers: tuple[str, ...]
    text: str
    figures: tuple[Figure, ...]
    why_masked: str
    identifiers: tuple[Identifier, ...]
    traits: tuple[Trait, ...]
    stages: tuple[StageStay, ...]  # Of the lifecycle, the latest first.
    groups: tuple[InGroup, ...]
    consents: tuple[ConsentLine, ...]
    wishes: tuple[str, ...]  # Such as an objection to profiling.
    orders: tuple[OrderRow, ...]
    may_edit: bool
    segments: tuple[InSegment, ...]
    memberships: tuple[Membership, ...]
    past: Past


@router.get("/customers/{customer_id}")
def profile(
    visit: Visiting,
    customer_id: str,
    kind: str = "",
    source: str = "",
    since: str = "",
    until: str = "",
    cursor: str = "",
    lake: str = "",
) -> Response:
    access.require(visit.actor, "customers.view")
    kind = kind if kind in KINDS else ""
    asked = PastAsked(
        kind=kind, source=source[:200], since=since[:10], until=until[:10], lake="yes" if lake else ""
    )
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id(PREFIX, customer_id))
        if customer.id != customer_id:  # Merged into another, whose page this is now.
            return RedirectResponse(f"/customers/{customer.id}", status_code=303)
        value = profiled(tx, visit, customer, asked, cursor)
    return page(visit, "customers/profile.html", value)


def profiled(tx: Tx, visit: Visit, customer: Customer, asked: PastAsked, cursor: str) -> Profile:
    at, zone, hidden = visit.app.now(tx), visit.app.zone, why_masked(visit.actor)
    marks = landmarks(tx)
    every = segments.stays(tx, customer.customer_id)
    stays = [stay for stay in every if stay.left_at is None]
    stage = next((stay for stay in stays if stay.approach == marks.approach and stay.stage), None)
    members = memberships(tx, customer, at)
    rhythm = insights.rhythm(tx, customer.customer_id, zone)
    shown = customers.masked(customer, may_see_contacts=not hidden, personal=customers.personal_traits(tx))
    href = f"/customers/{customer.id}"
    return Profile(
        customer=shown,
        chip=Chip(href=href, name=customer.title),
        stage=stage.title if stage else "",
        tone=stage_tone(stage.stage if stage else None),
        tiers=tuple(m.member.tier.name for m in members if m.member.tier),
        text=_known_since(rhythm, zone),
        figures=tuple(_figures(rhythm, members, at, zone)),
        why_masked=hidden,
        identifiers=tuple(
            replace(one, value=customers.conceal_text(one.value)) if hidden else one
            for one in customers.identifiers(tx, customer.customer_id)
        ),
        traits=tuple(trait_lines(tx, visit, customer)),
        stages=stage_history(every, marks),
        groups=in_groups(tx, customer),
        consents=consent_lines(tx, customer),
        wishes=wish_words(tx, customer, at),
        orders=tuple(order_rows(tx, customer)),
        may_edit=access.allows(visit.actor, "customers.edit").outcome == "yes",
        segments=tuple(_in_segment(stay, href) for stay in stays),
        memberships=members,
        past=past_of(tx, visit, customer, asked, cursor, marks),
    )


def _known_since(rhythm: Rhythm, zone: str) -> str:
    if rhythm.first_at is None:
        return "Known, and has not bought yet."
    return f"Customer since {day(local_day(rhythm.first_at, zone))}."


def _figures(rhythm: Rhythm, members: Sequence[Membership], at: datetime, zone: str) -> list[Figure]:
    gap = rhythm.usual_gap_days
    shown = [
        Figure(
            label="Orders",
            value=number(rhythm.orders),
            note=f"in {count_of(rhythm.visits, 'visit')}, all time",
        ),
        Figure(
            label="Spent",
            value=money(rhythm.spent[0]) if rhythm.spent else "–",
            note=" and ".join(("all time", *(money(one) for one in rhythm.spent[1:]))),
        ),
        Figure(
            label="Last visit",
            value=distance(rhythm.last_at, at) if rhythm.last_at else "never",
            note=f"on {day(local_day(rhythm.last_at, zone))}" if rhythm.last_at else "all time",
        ),
        Figure(
            label="Usual gap",
            value=f"{gap:g} {'day' if gap == 1 else 'days'}" if gap is not None else "too early to say",
            note="median, all time",
        ),
    ]
    return shown + [
        Figure(label="Balance", value=one.active, note=one.member.programme_name, href=one.href)
        for one in members
    ]


def memberships(tx: Tx, customer: Customer, at: datetime) -> tuple[Membership, ...]:
    found = []
    for programme in loyalty.programmes_of(tx, customer.customer_id):
        member = loyalty.member(tx, customer.customer_id, programme=programme, at=at)
        if member is None:
            continue
        tier = member.tier
        found.append(
            Membership(
                member=member,
                href=f"/loyalty/{programme}/members/{customer.id}",
                active=points_text(member.balance.active, member.currency),
                to_next=f"{number(tier.to_next)} more for {tier.next_name}"
                if tier and tier.next_name
                else "",
            )
        )
    return tuple(found)


def _in_segment(stay: Stay, href: str) -> InSegment:
    return InSegment(
        title=stay.title,
        tone=stage_tone(stay.stage) if stay.stage else "quiet",
        since=stay.entered_at,
        href=f"/segments/{stay.key}",
        why_href=f"{href}/why/{stay.key}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    title: str
    key: str
    paid: Money
    discount: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    chip: Chip
    order: Order
    lines: tuple[OrderLine, ...]
    columns: tuple[Column, ...] = LINE_COLUMNS


@router.get("/customers/{customer_id}/orders/{order_id}")
def order(visit: Visiting, customer_id: str, order_id: str) -> Response:
    """One order with its lines, beside the timeline or as a page."""
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id(PREFIX, customer_id))
        found = orders.get_order(tx, parse_public_id("ord", order_id))
        if customers.get(tx, found.customer_id).customer_id != customer.customer_id:
            raise NotFound(f"{order_id} is not an order of {customer.title}.")
        lines = tuple(_order_line(line, found.currency) for line in orders.order_lines(tx, found.order_id))
    who = Chip(href=f"/customers/{customer.id}", name=customer.title)
    return page(visit, "customers/order.html", OrderPage(chip=who, order=found, lines=lines))


def _order_line(line: Line, currency: str) -> OrderLine:
    return OrderLine(
        title=(line.product_name or f"Product {line.product_key}").capitalize(),
        key=line.product_key,
        paid=Money(line.total_minor, currency),
        discount=Money(line.discount_minor, currency) if line.discount_minor else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyPage:
    chip: Chip
    segment: str
    segment_href: str
    why: segments.Why
    place: int  # Of the rule that decided, among those shown.
    is_stage: bool


@router.get("/customers/{customer_id}/why/{key}")
def why(visit: Visiting, customer_id: str, key: str) -> Response:
    """Why the customer is in a segment or not, with the figures."""
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id(PREFIX, customer_id))
        found = segments.why(tx, key, customer.customer_id, visit.app.now(tx))
        size = next(size for size in segments.sizes(tx) if size.key == key)
    value = WhyPage(
        chip=Chip(href=f"/customers/{customer.id}", name=customer.title),
        segment=size.title,
        segment_href=f"/segments/{key}",
        why=found,
        place=len(found.parts) - 1,
        is_stage=size.stage is not None,
    )
    return page(visit, "customers/why.html", value)

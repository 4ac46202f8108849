"""A customer's page: who it is, where they stand, everything that happened, and why they are in a segment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from regulars import access, campaigns, customers, definitions, insights, loyalty, orders, segments
from regulars.console.console import pages
from regulars.console.formats import count_of, day, distance, money, number
from regulars.console.happenings import KINDS, Happening, Known, happenings
from regulars.console.landmarks import Landmarks, landmarks, points_text, stage_tone, why_masked
from regulars.console.parts import Chip, Column, Figure, Tab, Tone
from regulars.console.visit import Visit, Visiting, page
from regulars.customers import Customer, Identifier
from regulars.db import Tx
from regulars.insights import Rhythm
from regulars.kernel import Money, NotFound, local_day, parse_public_id, public_id
from regulars.log import Event
from regulars.loyalty import Member
from regulars.orders import Line, Order
from regulars.segments import Stay

router = pages()
PREFIX = "cus"
SHOWN = 40
TOLD_MAX = 50  # Of the latest identify events that are asked where a trait comes from.
CONTACT_TRAITS = frozenset({"name", "first_name", "last_name", "firstName", "lastName", "email", "phone"})
LINE_COLUMNS = (
    Column(title="Product"),
    Column(title="Paid", numeric=True),
    Column(title="Discount", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    name: str
    value: str
    source: str  # Empty when it was told too long ago to be looked for.
    at: datetime | None


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
class Month:
    title: str
    happenings: tuple[Happening, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    months: tuple[Month, ...]
    earlier_href: str
    latest_href: str  # Where this is not the latest page.


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
    told: Trait | None  # One of the traits, if all were told by the same source at the same time.
    segments: tuple[InSegment, ...]
    memberships: tuple[Membership, ...]
    kinds: tuple[Tab, ...]
    kind: str
    past: Past


@router.get("/customers/{customer_id}")
def profile(visit: Visiting, customer_id: str, kind: str = "", cursor: str = "") -> Response:
    access.require(visit.actor, "customers.view")
    kind = kind if kind in KINDS else ""
    with visit.app.database.transaction() as tx:
        customer = customers.get(tx, parse_public_id(PREFIX, customer_id))
        if customer.id != customer_id:  # Merged into another, whose page this is now.
            return RedirectResponse(f"/customers/{customer.id}", status_code=303)
        value = profiled(tx, visit, customer, kind, cursor)
    return page(visit, "customers/profile.html", value)


def profiled(tx: Tx, visit: Visit, customer: Customer, kind: str, cursor: str) -> Profile:
    at, zone, hidden = visit.app.now(tx), visit.app.zone, why_masked(visit.actor)
    marks = landmarks(tx)
    stays = [stay for stay in segments.stays(tx, customer.customer_id) if stay.left_at is None]
    stage = next((stay for stay in stays if stay.approach == marks.approach and stay.stage), None)
    members = memberships(tx, customer, at)
    rhythm = insights.rhythm(tx, customer.customer_id, zone)
    shown = customers.masked(customer, may_see_contacts=not hidden)
    href = f"/customers/{customer.id}"
    traits = tuple(_traits(tx, shown))
    return Profile(
        customer=shown,
        chip=Chip(href=href, name=customer.title),
        stage=stage.title if stage else "",
        tone=stage_tone(stage.stage if stage else None),
        tiers=tuple(m.member.tier.name for m in members if m.member.tier),
        text=_known_since(rhythm, zone),
        figures=tuple(_figures(rhythm, members, at, zone)),
        why_masked=hidden,
        identifiers=tuple(customers.identifiers(tx, customer.customer_id)),
        traits=traits,
        told=traits[0] if len({(trait.source, trait.at) for trait in traits}) == 1 else None,
        segments=tuple(_in_segment(stay, href) for stay in stays),
        memberships=members,
        kinds=tuple(
            Tab(title=title, href=f"{href}?{urlencode({'kind': key})}" if key else href, active=key == kind)
            for key, (title, _) in KINDS.items()
        ),
        kind=kind,
        past=_past(tx, visit, customer, kind, cursor, marks),
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


def _traits(tx: Tx, shown: Customer) -> list[Trait]:
    """Each trait with who told it last, looked up in the latest identify events."""
    told: dict[str, Event] = {}
    for event in customers.timeline(tx, shown.customer_id, names=["identify"], limit=TOLD_MAX).items:
        for name in event.properties:
            told.setdefault(name, event)
    return [
        Trait(
            name=name.replace("_", " ").capitalize(),
            value=_plain(value),
            source=told[name].source if name in told else "",
            at=told[name].occurred_at if name in told else None,
        )
        for name, value in sorted(shown.traits.items())
        if name not in CONTACT_TRAITS
    ]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(_plain(one) for one in value) if isinstance(value, list) else str(value)


def _in_segment(stay: Stay, href: str) -> InSegment:
    return InSegment(
        title=stay.title,
        tone=stage_tone(stay.stage) if stay.stage else "quiet",
        since=stay.entered_at,
        href=f"/segments/{stay.key}",
        why_href=f"{href}/why/{stay.key}",
    )


def _past(tx: Tx, visit: Visit, customer: Customer, kind: str, cursor: str, marks: Landmarks) -> Past:
    href = f"/customers/{customer.id}"
    found = customers.timeline(tx, customer.customer_id, cursor or None, KINDS[kind][1], SHOWN)
    told = happenings(found.items, _known(tx, customer, found.items, marks, href, visit.app.zone))
    zone = ZoneInfo(visit.frame.face.zone if visit.frame.face else visit.app.zone)
    months = groupby(told, key=lambda entry: f"{entry.at.astimezone(zone):%B %Y}")
    asked = {"kind": kind} if kind else {}
    return Past(
        months=tuple(Month(title=title, happenings=tuple(group)) for title, group in months),
        earlier_href=f"{href}?{urlencode(asked | {'cursor': found.next})}" if found.next else "",
        latest_href=f"{href}?{urlencode(asked)}".rstrip("?") if cursor else "",
    )


def _known(
    tx: Tx, customer: Customer, events: Sequence[Event], marks: Landmarks, href: str, zone: str
) -> Known:
    names = {event.name for event in events}
    keys = [str(e.properties.get("order_id")) for e in events if e.name == "Order Completed"]
    lots = (
        loyalty.lots(tx, customer.customer_id, programme=marks.programme)
        if marks.programme and "regulars.loyalty.points_earned" in names
        else []
    )
    titled = any(name.startswith("regulars.messaging.") for name in names)
    ids = insights.order_ids(tx, customer.customer_id, keys) if keys else {}
    return Known(
        href=href,
        zone=zone,
        orders={key: public_id("ord", order_id) for key, order_id in ids.items()},
        lots={lot.transfer_id: lot for lot in lots},
        tiers=marks.tiers,
        campaigns={c.key: c.title for c in definitions.all_live(tx, campaigns.CAMPAIGN)} if titled else {},
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

"""What stands around a customer: stages passed through, groups, consents and orders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from regulars import customers, orders
from regulars.console.consent_lines import channel_words
from regulars.console.formats import count_of, money
from regulars.console.landmarks import Landmarks, stage_tone
from regulars.console.parts import Tone
from regulars.customers import Belonging, Consent, Customer
from regulars.db import Tx
from regulars.orders import Order
from regulars.segments import Stay

ORDERS_SHOWN = 5
STAGES_SHOWN = 8
STATUS_WORDS: dict[str, tuple[str, Tone]] = {
    "part_refunded": ("Partly refunded", "waiting"),
    "refunded": ("Refunded", "bad"),
    "cancelled": ("Cancelled", "bad"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStay:
    title: str
    tone: Tone
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InGroup:
    title: str
    type: str
    href: str
    others: str  # How many more belong.
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLine:
    title: str
    given: bool
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    href: str
    title: str
    at: datetime
    total: str
    status: str  # Empty while nothing is odd about it.
    tone: Tone


def stage_history(stays: Sequence[Stay], marks: Landmarks) -> tuple[StageStay, ...]:
    """The stages of the lifecycle passed through, the latest first; another name of a stage is left out."""
    own = [stay for stay in stays if stay.approach == marks.approach and stay.stage and "." in stay.key]
    return tuple(
        StageStay(title=s.title, tone=stage_tone(s.stage), since=s.entered_at, until=s.left_at)
        for s in own[:STAGES_SHOWN]
    )


def in_groups(tx: Tx, customer: Customer) -> tuple[InGroup, ...]:
    return tuple(_in_group(one) for one in customers.groups_of(tx, customer.customer_id))


def group_href(group_type: str, key: str) -> str:
    return f"/groups/{quote(group_type, safe='')}/{quote(key, safe='')}"


def _in_group(one: Belonging) -> InGroup:
    others = one.members - 1
    return InGroup(
        title=one.title,
        type=one.type,
        href=group_href(one.type, one.key),
        others=f"with {count_of(others, 'other')}" if others else "alone",
        since=one.since,
    )


def consent_lines(tx: Tx, customer: Customer) -> tuple[ConsentLine, ...]:
    return tuple(_consent(one) for one in customers.consents(tx, customer.customer_id))


def _consent(one: Consent) -> ConsentLine:
    topic = f", {one.topic}" if one.topic else ""
    basis = f" Basis: {one.basis}." if one.basis else ""
    wording = f" They were shown: “{one.wording}”" if one.wording else " The wording was not told."
    return ConsentLine(
        title=f"{channel_words(one.channel)}{topic}",
        given=one.given,
        at=one.occurred_at,
        why=f"{one.how[0].upper()}{one.how[1:]}.{basis}{wording}",
    )


def wish_words(tx: Tx, customer: Customer, at: datetime) -> tuple[str, ...]:
    """What they asked for beside consent, as badges: nothing of it where nothing was asked."""
    stands = customers.standing(tx, customer.customer_id)
    asked = (
        ("Use restricted", stands.restricted),
        ("Objects to profiling", stands.profiling_objected),
        ("Paused", stands.paused(at)),
        ("Less often", stands.less_often),
    )
    return tuple(words for words, holds in asked if holds)


def order_rows(tx: Tx, customer: Customer) -> Iterator[OrderRow]:
    for one in orders.orders_of(tx, customer.customer_id, None, ORDERS_SHOWN).items:
        yield _order(one, customer)


def _order(one: Order, customer: Customer) -> OrderRow:
    status, tone = STATUS_WORDS.get(one.status, ("", "quiet"))
    return OrderRow(
        href=f"/customers/{customer.id}/orders/{one.id}",
        title=f"Order {one.order_key}",
        at=one.occurred_at,
        total=money(one.total),
        status=status,
        tone=tone,
    )

"""Orders: the list of all, what waits for its order, and one with its lines, refunds and who reported it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, cast
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers, loyalty, orders
from regulars.console.console import pages
from regulars.console.data.order_words import KINDS, STATUS_WORDS, finding_words
from regulars.console.data.places import tabs
from regulars.console.formats import count_of, money, number
from regulars.console.landmarks import chip
from regulars.console.parts import Chip, Column, Figure, Tab, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Money, NotFound, local_day, parse_public_id, public_id
from regulars.orders import Order, OrderFilters
from regulars.wiring import FOLLOW

router = pages()
FIGURE_DAYS = 28
FINDINGS_SHOWN = 5
COLUMNS = (
    Column(title="Order"),
    Column(title="Customer"),
    Column(title="When"),
    Column(title="State"),
    Column(title="Total", numeric=True),
    Column(title="Left after refunds", numeric=True),
    Column(title="Told by"),
)
LINES = (
    Column(title="Product"),
    Column(title="Quantity", numeric=True),
    Column(title="Paid", numeric=True),
    Column(title="Taken off", numeric=True),
    Column(title="Given back", numeric=True),
)
REFUNDS = (
    Column(title="When"),
    Column(title="Told by"),
    Column(title="Told", numeric=True),
    Column(title="Counts", numeric=True),
    Column(title="Reason"),
)
SEEN = (
    Column(title="What"),
    Column(title="Told by"),
    Column(title="When it happened"),
    Column(title="Sum", numeric=True),
    Column(title="Lines", numeric=True),
    Column(title="What stands"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    q: str = ""
    status: str = ""
    source: str = ""

    def href(self, **more: str) -> str:
        told = {name: getattr(self, name) for name in ("q", "status", "source")} | more
        kept = {name: value for name, value in told.items() if value}
        return f"/data/orders?{urlencode(kept)}" if kept else "/data/orders"

    @property
    def narrowed(self) -> bool:
        return any((self.q.strip(), self.status, self.source))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    order: Order
    chip: Chip | None
    state: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """One line of what does not fit."""

    href: str
    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderList:
    tabs: tuple[Tab, ...]
    asked: Asked
    figures: tuple[Figure, ...]
    rows: tuple[Row, ...]
    next_href: str
    first_href: str
    statuses: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    waiting: tuple[orders.Waiting, ...]
    odd: tuple[Odd, ...]
    columns: tuple[Column, ...] = COLUMNS


@router.get("/data/orders")
def order_list(
    visit: Visiting, q: str = "", status: str = "", source: str = "", cursor: str = ""
) -> Response:
    access.require(visit.actor, "customers.view")
    asked = Asked(q=q[:200], status=status if status in STATUS_WORDS else "", source=source[:200])
    with visit.app.database.transaction() as tx:
        value = _listed(tx, visit, asked, cursor)
    return page(visit, "data/orders/list.html", value)


def _listed(tx: Tx, visit: Visit, asked: Asked, cursor: str) -> OrderList:
    filters = OrderFilters(
        order_key=asked.q.strip().replace("\0", "") or None,
        status=cast("orders.Status", asked.status) if asked.status else None,
        source=asked.source.replace("\0", "") or None,
    )
    found = orders.list_orders(tx, filters, cursor or None)
    return OrderList(
        tabs=tabs("/data/orders"),
        asked=asked,
        figures=_figures(tx, visit.app.now(tx)),
        rows=tuple(_rows(tx, found.items)),
        next_href=asked.href(cursor=found.next) if found.next else "",
        first_href=asked.href() if cursor else "",
        statuses=(("", "Any state"), *((key, word) for key, (word, _) in STATUS_WORDS.items())),
        sources=(("", "Any source"), *((one, one) for one in orders.order_sources(tx))),
        waiting=tuple(orders.waiting(tx, FINDINGS_SHOWN)),
        odd=tuple(
            Odd(
                href=f"/data/orders/{public_id('ord', one.order_id)}",
                key=one.order_key,
                text=finding_words(one, one.currency),
            )
            for one in orders.findings(tx, FINDINGS_SHOWN)
        ),
    )


def _figures(tx: Tx, at: datetime) -> tuple[Figure, ...]:
    found = orders.order_figures(tx, at - timedelta(days=FIGURE_DAYS))
    if found is None:
        return ()
    period = f"in {FIGURE_DAYS} days"
    return (
        Figure(label="Orders", value=number(found.orders), note=period),
        Figure(
            label="Left after refunds",
            value=money(Money(found.net_minor, found.currency)),
            note=f"{period}, without cancelled ones",
        ),
        Figure(
            label="Given back",
            value=money(Money(found.refunded_minor, found.currency)),
            note=f"of {count_of(found.refunded, 'order')}, {period}",
        ),
        Figure(label="Cancelled", value=number(found.cancelled), note=period),
    )


def _rows(tx: Tx, found: tuple[Order, ...]) -> list[Row]:
    people = customers.by_ids(tx, [one.customer_id for one in found])
    return [
        Row(
            order=one,
            chip=chip(people[one.customer_id]) if one.customer_id in people else None,
            state=STATUS_WORDS[one.status][0],
            tone=STATUS_WORDS[one.status][1],
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    title: str
    note: str
    href: str
    quantity: str
    paid: Money
    off: Money | None
    back: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRow:
    at: datetime
    source: str
    told: Money
    counts: Money
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRow:
    what: str
    source: str
    revision: int
    at: datetime
    total: Money | None
    lines: int
    stands: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    order: Order
    state: str
    tone: Tone
    chip: Chip
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, object], ...]
    lines: tuple[LineRow, ...]
    refunds: tuple[RefundRow, ...]
    seen: tuple[SeenRow, ...]
    findings: tuple[str, ...]
    may_claim: bool  # Nobody has said who the guest is, and this person may.
    points: tuple[tuple[str, str], ...]  # Name and address of each programme the customer is in.
    line_columns: tuple[Column, ...] = LINES
    refund_columns: tuple[Column, ...] = REFUNDS
    seen_columns: tuple[Column, ...] = SEEN


@router.get("/data/orders/{order_id}")
def one_order(visit: Visiting, order_id: str) -> Response:
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        value = _shown(tx, visit, parse_public_id("ord", order_id))
    return page(visit, "data/orders/order.html", value)


@router.post("/data/orders/{order_id}/claim")
def claim_order(
    visit: Visiting, order_id: str, who: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
) -> Response:
    """The guest of an order is a customer of ours, named by the company's id or the public one."""
    access.require(visit.actor, "customers.merge")
    said = who.strip().replace("\0", "")[:200]
    with visit.app.database.transaction() as tx:
        known = customers.find(tx, "user_id", said)
        customer_id = parse_public_id("cus", said) if known is None and said.startswith("cus_") else known
        if customer_id is None:
            raise NotFound(f"No customer has the id {said!r}. Take it from their page.")
        by = customers.Deciding(
            actor=visit.actor, at=visit.app.now(tx), follow=FOLLOW, reason=reason.strip()[:500] or None
        )
        order = orders.claim(tx, by, parse_public_id("ord", order_id), customer_id)
    return redirect(visit, f"/data/orders/{order.id}", f"Order {order.order_key} is theirs now.")


def _shown(tx: Tx, visit: Visit, order_id: int) -> OrderPage:
    found = orders.get_order(tx, order_id)
    owner = customers.get(tx, found.customer_id)
    word, tone = STATUS_WORDS[found.status]
    return OrderPage(
        order=found,
        state=word,
        tone=tone,
        chip=chip(owner),
        may_claim=orders.is_unclaimed(tx, found)
        and access.allows(visit.actor, "customers.merge").outcome == "yes",
        figures=_order_figures(found),
        facts=_facts(found, visit.app.zone),
        lines=tuple(_line(one, found.currency) for one in orders.order_lines(tx, order_id)),
        refunds=tuple(_refund(one, found.currency) for one in orders.refunds(tx, order_id)),
        seen=tuple(_seen(one, found.currency) for one in orders.sightings(tx, order_id)),
        findings=tuple(finding_words(one, found.currency) for one in orders.order_findings(tx, order_id)),
        points=tuple(
            (programme.name, f"/loyalty/{programme.key}/members/{owner.id}")
            for programme in loyalty.programmes(tx)
            if programme.key in loyalty.programmes_of(tx, owner.customer_id)
        ),
    )


def _order_figures(order: Order) -> tuple[Figure, ...]:
    return (
        Figure(label="To be paid", value=money(order.total), note="with shipping and tax, after discounts"),
        Figure(label="Given back", value=money(order.refunded), note="so far"),
        Figure(
            label="Left",
            value=money(order.net),
            note="nothing, since it is cancelled" if order.status == "cancelled" else "what sums count",
        ),
        Figure(label="Lines", value=number(order.line_count), note="products"),
    )


def _facts(order: Order, zone: str) -> tuple[tuple[str, object], ...]:
    def amount(minor: int | None) -> str:
        return money(None if minor is None else Money(minor, order.currency))

    told = (
        ("Day", f"{local_day(order.occurred_at, zone):%A, %-d %B %Y}"),
        ("Store", order.store),
        (
            "Before shipping and tax",
            amount(order.subtotal_minor) if order.subtotal_minor is not None else None,
        ),
        ("Discount", amount(order.discount_minor) if order.discount_minor else None),
        ("Shipping", amount(order.shipping_minor) if order.shipping_minor is not None else None),
        ("Tax", amount(order.tax_minor) if order.tax_minor is not None else None),
        ("Coupon", order.coupon),
        ("What stands was told by", order.source),
        ("Revision", number(order.revision) if order.revision else None),
        ("History", "from before the start: it earned and triggered nothing" if order.history else None),
    )
    return tuple((name, value) for name, value in told if value)


def _line(line: orders.Line, currency: str) -> LineRow:
    said = [line.product_key, line.variant or "", "" if line.line_key == str(line.line) else line.line_key]
    return LineRow(
        title=line.product_name or f"Product {line.product_key}",
        note=" · ".join(part for part in said if part),
        href=f"/data/catalogue/{public_id('prd', line.product_id)}",
        quantity="–" if line.quantity is None else f"{line.quantity.normalize():f}",
        paid=Money(line.total_minor, currency),
        off=Money(line.discount_minor, currency) if line.discount_minor else None,
        back=Money(line.refunded_minor, currency) if line.refunded_minor else None,
    )


def _refund(refund: orders.Refund, currency: str) -> RefundRow:
    return RefundRow(
        at=refund.occurred_at,
        source=refund.source,
        told=Money(refund.told_minor, currency),
        counts=Money(refund.refunded_minor, currency),
        reason=refund.reason or ("all that was left" if refund.is_full else ""),
    )


def _seen(seen: orders.Sighting, currency: str) -> SeenRow:
    words = [word for word, holds in (("sums", seen.stands), ("lines", seen.gives_lines)) if holds]
    return SeenRow(
        what=KINDS.get(seen.kind, seen.kind),
        source=seen.source,
        revision=seen.revision,
        at=seen.occurred_at,
        total=None if seen.total_minor is None else Money(seen.total_minor, seen.currency or currency),
        lines=seen.line_count,
        stands=" and ".join(words),
    )

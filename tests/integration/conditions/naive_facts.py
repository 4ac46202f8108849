"""Facts of a person, chosen, counted and followed, plainly."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from statistics import median

from regulars.conditions import Book
from regulars.conditions import nodes as c
from regulars.conditions import windows as w
from tests.integration.conditions.history import Fact, Json, Person, Product
from tests.integration.conditions.naive_times import moment_of, span_of
from tests.integration.conditions.naive_traits import COMPARED, DAY, found, is_number, same

MICROSECOND = timedelta(microseconds=1)
DIGITS = 6  # To which sums and averages are rounded: what doubles add to them is no answer.


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of whom, when and where."""

    customer_id: int
    person: Person
    products: Mapping[str, Product]
    at: datetime
    zone: str
    book: Book


def facts_of(asked: Asked, source: str) -> list[Fact]:
    if source == "event":
        return [
            Fact(source=source, at=one.at, name=one.name, told=one.told)
            for one in asked.person.events
            if one.tracked
        ]
    if source == "order":
        return orders_of(asked)
    if source == "order_line":
        return list(_lines(asked))
    return [one for one in asked.person.facts if one.source == source]


def orders_of(asked: Asked) -> list[Fact]:
    """Those not cancelled; what was given back is taken off."""
    return [
        Fact(source="order", at=one.at, columns={
            "status": one.status, "currency": one.currency, "total_minor": one.total,
            "net_minor": one.total - one.refunded, "discount_minor": one.discount,
            "refunded_minor": one.refunded, "store": one.store, "coupon": one.coupon, "source": one.source,
            "line_count": len(one.lines),
        })
        for one in asked.person.orders
        if one.status != "cancelled"
    ]  # fmt: skip


def _lines(asked: Asked) -> Iterator[Fact]:
    for order in asked.person.orders:
        for line in order.lines:
            product = asked.products.get(line.product, Product())
            if order.status != "cancelled":
                yield Fact(source="order_line", at=order.at, columns={
                    "product": line.product, "category": product.category,
                    "department": product.department, "brand": product.brand, "variant": line.variant,
                    "quantity": line.quantity, "net_minor": line.total - (line.refunded or 0),
                    "discount_minor": line.discount, "currency": order.currency, "store": order.store,
                })  # fmt: skip


def past_orders(asked: Asked) -> list[datetime]:
    return sorted(one.at for one in orders_of(asked) if one.at is not None and one.at < asked.at)


def within(facts: Iterable[Fact], window: w.Window, asked: Asked) -> list[Fact]:
    """Those in the window; of a source without moments, all."""
    since = None
    if isinstance(window, w.Since):
        since = moment_of(found(asked.person.traits, window.trait), asked.zone)
        if since is None:
            return [one for one in facts if one.at is None]
    start, end = span_of(window, asked.at, asked.zone, since)
    return [one for one in facts if one.at is None or ((start is None or start <= one.at) and one.at < end)]


def _chosen(asked: Asked, of: str, name: str, where: Sequence[c.Filter]) -> list[Fact]:
    return [
        one
        for one in facts_of(asked, of)
        if (not name or one.name == name) and all(_fits(one, every) for every in where)
    ]


def _value(fact: Fact, name: str) -> Json:
    return fact.columns[name] if name in fact.columns else found(fact.told, name)


def _fits(fact: Fact, asked: c.Filter) -> bool:  # noqa: PLR0911 - one case a test
    value = _value(fact, asked.property)
    match asked.test:
        case "exists":
            return value is not None
        case "missing":
            return value is None
        case "equals":
            return same(value, asked.value)
        case "differs":
            return not same(value, asked.value)
        case "one_of":
            return any(same(value, one) for one in asked.values)
        case "none_of":
            return not any(same(value, one) for one in asked.values)
        case "contains" if isinstance(value, list):
            return any(same(one, asked.value) for one in value)
        case "contains":
            return isinstance(value, str) and isinstance(asked.value, str) and asked.value in value
        case "starts_with":
            return isinstance(value, str) and isinstance(asked.value, str) and value.startswith(asked.value)
        case comparison:
            if is_number(value) and is_number(asked.value):
                return COMPARED[comparison](float(value), float(asked.value))
            both = isinstance(value, str) and isinstance(asked.value, str)
            return both and COMPARED[comparison](value, asked.value)


def measured(node: c.Measured, asked: Asked) -> bool:
    facts = within(_chosen(asked, node.of, node.name, node.where), node.window, asked)
    figure = _figure(node, facts, asked.at)
    return figure is not None and COMPARED[node.comparison](figure, float(node.value))


def _figure(node: c.Measured, facts: list[Fact], at: datetime) -> float | None:  # noqa: PLR0911 - one case a figure
    found = [_value(one, node.property) for one in facts] if node.property else []
    numbers = [float(one) for one in found if is_number(one)]
    moments = [one.at for one in facts if one.at is not None]
    match node.figure:
        case "count":
            return len(facts)
        case "sum":
            return round(sum(numbers), DIGITS)
        case "distinct":
            scalars = [one for one in found if isinstance(one, bool | str) or is_number(one)]
            return len({(isinstance(one, bool), isinstance(one, str), one) for one in scalars})
        case "minimum":
            return min(numbers, default=None)
        case "maximum":
            return max(numbers, default=None)
        case "average":
            return round(sum(numbers) / len(numbers), DIGITS) if numbers else None
        case "days_since_first":
            return (at - min(moments)) / DAY if moments else None
        case "days_since_last":
            return (at - max(moments)) / DAY if moments else None


def follows(steps: Sequence[c.Step], lasting: timedelta, window: w.Window, asked: Asked) -> bool:
    chosen = [_chosen(asked, one.of, one.name, one.where) for one in steps]
    reached = [one.at for one in within(chosen[0], window, asked)]
    for later in chosen[1:]:
        reached = [
            one.at
            for one in later
            if one.at < asked.at and any(before < one.at <= before + lasting for before in reached)
        ]
    return bool(reached)


def not_followed(node: c.NotFollowed, asked: Asked) -> bool:
    lasting = timedelta(hours=node.within_hours)
    firsts = within(_chosen(asked, node.first.of, node.first.name, node.first.where), node.window, asked)
    thens = _chosen(asked, node.then.of, node.then.name, node.then.where)
    return any(
        first.at + lasting <= asked.at and not any(first.at < one.at <= first.at + lasting for one in thens)
        for first in firsts
    )


def off_rhythm(past: list[datetime], at: datetime, times: float, orders: int) -> bool:
    if len(past) < max(orders, 2):
        return False
    gaps = [(later - before) // MICROSECOND for before, later in pairwise(past)]
    middle = Fraction(median(map(Fraction, gaps)))
    return (at - past[-1]) // MICROSECOND > Fraction(times) * middle

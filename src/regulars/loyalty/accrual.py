"""Orders and events turn into points: in sets, once, by the rules of when they occurred."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.conditions import fitting_events
from regulars.customers import hold
from regulars.db import Query, Statements, Tx, one, rows, values
from regulars.loyalty.climbing import climb
from regulars.loyalty.dating import ends, starts
from regulars.loyalty.event_figures import figure_of
from regulars.loyalty.factors import ONCE
from regulars.loyalty.limiting import given, is_limited
from regulars.loyalty.meaning import Events, Wave, asks_tiers
from regulars.loyalty.model import Programme
from regulars.loyalty.pricing import factor_most, price
from regulars.loyalty.returns import settle
from regulars.loyalty.ruling import Item, Pause, Shelf, Version, shelves

__all__ = ["Accrued", "Version", "accrue", "ends", "starts"]


class Sql(Statements, file="touched.sql"):
    versions: Query
    pauses: Query
    touched: Query
    lock_span: Query
    members: Query
    most: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrued:
    orders: int
    points: int
    joined: int
    climbed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MostFigures:
    money: int
    quantity: int
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    customer_id: int
    joined_at: datetime


def accrue(tx: Tx, *, after: int, to: int) -> list[Accrued]:
    """Post what the orders and events at positions (after, to] earn, and take back what came back of them.

    Again, it posts nothing.
    """
    hold(tx)
    versions = rows(tx, SQL.versions, Version)
    if not versions:
        return []
    kept = shelves(versions, rows(tx, SQL.pauses, Pause))
    orders = rows(tx, SQL.touched, Item, after=after, to=to)
    done = []
    for shelf in kept:
        told, events = events_told(tx, shelf, after, to)
        items = [*orders, *told]
        if items:
            done += accrue_by(tx, shelf, sorted(items, key=lambda item: item.turn), events)
    return done


def accrue_by(tx: Tx, shelf: Shelf, items: Sequence[Item], events: Events) -> list[Accrued]:
    """By one programme."""
    ruled = [(item, shelf.version_of(item)) for item in items]
    concerned = [(item, version) for item, version in ruled if version or item.earned or item.came_back]
    if not concerned:
        return []
    versions = {version.version: version for _, version in concerned if version is not None}
    programmes = [shelf.body(version) for version in versions.values()]
    if len(versions) > 1 or any(depends(one) for one in programmes):
        lock(tx, shelf, items)
        alone = any(budget_may_end(tx, shelf, version, items) for version in versions.values())
        waves = in_waves([item for item, _ in concerned], alone=alone)
    else:
        waves = in_waves([item for item, _ in concerned], only=who_have_returns(concerned))
    by_item = {item.key: version for item, version in concerned}
    return [done for wave in waves for done in accrue_wave(tx, shelf, wave, by_item, events)]


def accrue_wave(
    tx: Tx, shelf: Shelf, items: Sequence[Item], by_item: Mapping[int, Version | None], events: Events
) -> Iterator[Accrued]:
    by_version: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        version = by_item[item.key]
        # Nobody joins by an order that is cancelled by now; it earns when it stands again.
        if version is not None and not item.cancelled:
            by_version[version.version].append(item)
    for version in sorted(shelf.versions, key=lambda one: one.version):
        own = entitled(tx, shelf, version, by_version.get(version.version, ()))
        if own:
            yield earn(tx, shelf, version, own, events)
    settle(tx, shelf, [item for item in items if item.order_id and (item.earned or item.came_back)])


def earn(tx: Tx, shelf: Shelf, version: Version, items: Sequence[Item], events: Events) -> Accrued:
    programme = shelf.body(version)
    wave = Wave(tx, shelf, version, items, events)
    posted = [
        done
        for rule in programme.earning
        if (meant := wave.meant(rule)) and (done := price(tx, version, programme, rule, meant))
    ]
    transfers = [transfer for done in posted for transfer in done.posted]
    orders = [item.order_id for item in items if item.order_id]
    return Accrued(
        orders=sum(done.orders for done in posted),
        points=sum(done.points for done in posted),
        joined=sum(done.joined for done in posted),
        climbed=climb(tx, version, transfers, orders) if transfers or orders else 0,
    )


def depends(programme: Programme) -> bool:
    """Whether what an order earns may depend on an earlier one of the same member beyond its tier's climb.

    Then each statement takes at most one order of each member, and the result is that of one by one.
    """
    return (
        len(programme.earning) > 1
        or asks_tiers(programme)
        or any(is_limited(programme, rule) or rule.carry or rule.who for rule in programme.earning)
        or any(one.who for one in programme.multipliers)
    )


def who_have_returns(concerned: Sequence[tuple[Item, Version | None]]) -> frozenset[int]:
    return frozenset(item.customer_id for item, _ in concerned if item.earned or item.came_back)


def in_waves(
    items: Sequence[Item], *, only: frozenset[int] | None = None, alone: bool = False
) -> list[list[Item]]:
    """The first of each customer, then the second of each; of others than these all at once.

    Alone: one by one.
    """
    if alone:
        return [[item] for item in items]
    waves: list[list[Item]] = []
    seen: Counter[int] = Counter()
    for item in items:
        turn = seen[item.customer_id]
        if only is None or item.customer_id in only:
            seen[item.customer_id] += 1
        while len(waves) <= turn:
            waves.append([])
        waves[turn].append(item)
    return waves


def lock(tx: Tx, shelf: Shelf, items: Sequence[Item]) -> None:
    people = sorted({item.customer_id for item in items})
    values(tx, SQL.lock_span, programme_id=shelf.versions[0].programme_id, customers=people)


def entitled(tx: Tx, shelf: Shelf, version: Version, items: Sequence[Item]) -> Sequence[Item]:
    """Where one joins only by enrolling, who had not by then earns nothing."""
    if not items or shelf.body(version).join != "enrolment":
        return items
    people = sorted({item.customer_id for item in items})
    found = rows(tx, SQL.members, Joined, programme_id=version.programme_id, customers=people)
    since = {one.customer_id: one.joined_at for one in found}
    return [i for i in items if i.customer_id in since and since[i.customer_id] <= i.occurred_at]


def budget_may_end(tx: Tx, shelf: Shelf, version: Version, items: Sequence[Item]) -> bool:
    """Whether a budget could be used up by these; then who comes first is served first, one by one."""
    programme = shelf.body(version)
    budgets = [rule for rule in programme.earning if rule.budget is not None]
    if not budgets:
        return False
    orders = [item.order_id for item in items if item.order_id]
    most = one(tx, SQL.most, MostFigures, orders=orders)
    bare = sum(max(0, item.total_minor) for item in items if not item.line_count)
    lines = most.lines + len(items)
    for rule in budgets:
        if rule.counts == "events":
            return True
        figure = {
            "money": most.money + bare,
            "quantity": most.quantity + 1000 * len(items),
            "lines": 1000 * lines,
            "orders": 1000 * len(items),
        }[rule.counts]
        points = figure * rule.points * factor_most(programme, rule) // (rule.per_minor * ONCE) + lines + 1
        if points > (rule.budget or 0) - given(tx, version, rule):
            return True
    return False


def events_told(tx: Tx, shelf: Shelf, after: int, to: int) -> tuple[list[Item], Events]:
    """The events of a span that some rule counts, and what each rule counts of them."""
    items: dict[int, Item] = {}
    events: dict[str, dict[int, int]] = defaultdict(dict)
    for version in shelf.versions:
        programme = shelf.body(version)
        for rule in programme.earning:
            if rule.counts != "events":
                continue
            for told in fitting_events(tx, rule.event, rule.where, after=after, to=to, zone=programme.zone):
                item = Item(
                    order_id=None,
                    customer_id=told.customer_id,
                    atom_id=told.atom_id,
                    position=told.position,
                    turn=told.position,
                    occurred_at=told.occurred_at,
                    booked_at=told.booked_at,
                    source=told.source,
                )
                if shelf.version_of(item) is not version:
                    continue
                figure = figure_of(told.told, rule.amount)
                if figure > 0:
                    items[told.position] = item
                    events[rule.key][told.position] = figure
    return list(items.values()), events

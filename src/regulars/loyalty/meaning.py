"""What a rule means among the orders of a wave, and what multiplies each: all that is not asked of lines."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from regulars.conditions import Condition
from regulars.db import Query, Statements, Tx, rows
from regulars.kernel import local_day, local_instant
from regulars.loyalty.asking import asked
from regulars.loyalty.earning_rule import EarningRule, Multiplier, Orders
from regulars.loyalty.factors import ONCE
from regulars.loyalty.model import Programme
from regulars.loyalty.order_match import WEEKDAYS
from regulars.loyalty.pricing import Meant
from regulars.loyalty.ruling import Item, Shelf, Version

# By rule, what it counts of the event at each position.
Events = Mapping[str, Mapping[int, int]]
ANY_ORDER = Orders()


class Sql(Statements, file="meaning.sql"):
    tiers: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class TierThen:
    place: int
    tier_set: str
    tier: int


class Wave:
    """Orders and events that one version rules, at most one of each customer where it depends on more."""

    def __init__(
        self,
        tx: Tx,
        shelf: Shelf,
        version: Version,
        items: Sequence[Item],
        events: Mapping[str, Mapping[int, int]],
    ) -> None:
        self.version, self.items = version, items
        self.programme: Programme = shelf.body(version)
        self._events = events
        self._days = self._days_of(items) if asks_days(self.programme) else []
        self._held, self._own = self._tiers(tx, shelf)
        self._holding = self._asked(tx)
        self._multipliers = self._multiplying()

    def _days_of(self, items: Sequence[Item]) -> list[date]:
        return [local_day(item.occurred_at, self.programme.zone) for item in items]

    def meant(self, rule: EarningRule) -> list[Meant]:
        """Those that the rule means, with what multiplies them."""
        naming = [
            n for n, one in enumerate(self.programme.multipliers)
            if rule.multiplied and (not one.rules or rule.key in one.rules)
        ]  # fmt: skip
        found = []
        for place, item in enumerate(self.items):
            figure = self._figure(rule, item)
            if figure is not None and self._fits(rule, f"rule/{rule.key}", place):
                applied = tuple(n for n in naming if n in self._multipliers[place]) if naming else ()
                found.append(Meant(item=item, own=self._own[place], multipliers=applied, figure=figure))
        return found

    def _figure(self, rule: EarningRule, item: Item) -> int | None:
        """Of an event what counts, of an order 0; None: not what the rule counts."""
        if rule.counts == "events":
            return self._events.get(rule.key, {}).get(item.position) if item.order_id is None else None
        if item.order_id is None or not item.told:
            return None
        return None if rule.money and rule.money != item.currency else 0

    def _fits(self, asks: EarningRule | Multiplier, name: str, place: int) -> bool:
        item = self.items[place]
        if asks.orders != ANY_ORDER and not fits(asks.orders, item, self._days[place]):
            return False
        if asks.tiers and not set(asks.tiers) & self._held[place]:
            return False
        return asks.who is None or place in self._holding[name]

    def _multiplying(self) -> list[set[int]]:
        asked = list(enumerate(self.programme.multipliers))
        if not asked:
            return []
        return [
            {n for n, one in asked if self._fits(one, f"multiplier/{one.key}", place)}
            for place in range(len(self.items))
        ]

    def _tiers(self, tx: Tx, shelf: Shelf) -> tuple[list[set[str]], list[tuple[int, ...]]]:
        """Of each item the tiers held, as in "club/Gold", and the per cent of every set's tier."""
        sets = self.programme.tier_sets
        then: dict[int, dict[str, int]] = defaultdict(dict)
        if asks_tiers(self.programme):
            for one in self._tiers_then(tx, [tier_set.key for tier_set in sets]):
                then[one.place][one.tier_set] = one.tier
        names = {one.key: [tier.name for tier in one.tiers] for one in shelf.newest.tier_sets}
        if not then:
            first = self._named([1] * len(sets), names)
            return [first[0]] * len(self.items), [first[1]] * len(self.items)
        held, own = [], []
        known: dict[tuple[int, ...], tuple[set[str], tuple[int, ...]]] = {}
        for place in range(len(self.items)):
            numbers = tuple(then[place].get(one.key, 1) for one in sets)
            if numbers not in known:
                known[numbers] = self._named(numbers, names)
            held.append(known[numbers][0])
            own.append(known[numbers][1])
        return held, own

    def _tiers_then(self, tx: Tx, keys: list[str]) -> list[TierThen]:
        return rows(
            tx,
            SQL.tiers,
            TierThen,
            programme_id=self.version.programme_id,
            tier_sets=keys,
            places=list(range(len(self.items))),
            customers=[item.customer_id for item in self.items],
            occurred=[item.occurred_at for item in self.items],
        )

    def _named(
        self, numbers: Sequence[int], names: Mapping[str, Sequence[str]]
    ) -> tuple[set[str], tuple[int, ...]]:
        held, own = set(), []
        for number, tier_set in zip(numbers, self.programme.tier_sets, strict=True):
            called = names.get(tier_set.key, [])
            name = called[number - 1] if number <= len(called) else ""
            tier = next((one for one in tier_set.tiers if one.name == name), tier_set.tiers[0])
            held.add(f"{tier_set.key}/{tier.name}")
            own.append(tier.percent)
        return held, tuple(own) or (ONCE,)

    def _asked(self, tx: Tx) -> dict[str, set[int]]:
        """For each rule and multiplier that asks who, the places of the items of whom it holds."""
        asking: list[tuple[str, Condition]] = [
            *((f"rule/{one.key}", one.who) for one in self.programme.earning if one.who),
            *((f"multiplier/{one.key}", one.who) for one in self.programme.multipliers if one.who),
        ]
        holding: dict[str, set[int]] = {name: set() for name, _ in asking}
        by_day: dict[date, list[int]] = defaultdict(list)
        for place, day in enumerate(self._days if asking else ()):
            by_day[day].append(place)
        for day, places in by_day.items():
            people = sorted({self.items[place].customer_id for place in places})
            answers = asked(tx, [who for _, who in asking], self._day_start(day), people)
            for (name, _), people_of in zip(asking, answers, strict=True):
                holding[name].update(p for p in places if self.items[p].customer_id in people_of)
        return holding

    def _day_start(self, day: date) -> datetime:
        return local_instant(day, time(), self.programme.zone)


def fits(orders: Orders, item: Item, day: date) -> bool:
    return not (
        (orders.stores and item.store not in orders.stores)
        or (orders.channels and item.source not in orders.channels)
        or (orders.weekdays and WEEKDAYS[day.weekday()] not in orders.weekdays)
        or (orders.from_day and day < orders.from_day)
        or (orders.to_day and day > orders.to_day)
        or (orders.least and item.order_id is not None and item.total < Decimal(orders.least))
    )


def asks_tiers(programme: Programme) -> bool:
    """Whether the tier held makes a difference to what is earned."""
    if any(tier.percent != ONCE for tier_set in programme.tier_sets for tier in tier_set.tiers):
        return True
    return any(rule.tiers for rule in programme.earning) or any(one.tiers for one in programme.multipliers)


def asks_days(programme: Programme) -> bool:
    """Whether the local day makes a difference to what is earned."""
    asking: tuple[EarningRule | Multiplier, ...] = (*programme.earning, *programme.multipliers)
    return any(one.who or one.orders != ANY_ORDER for one in asking)

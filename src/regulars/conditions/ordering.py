"""Leaves that ask of orders: how many, what they came to, how long ago, after which pause, out of rhythm.

Where totals are kept, "ever", "first" and "last" come from them, so that they cost the same however long the
history is.
"""

from datetime import timedelta

from regulars.conditions.measuring import (
    SIGNS,
    TICK,
    Facts,
    count_changes,
    days_since,
    facts_of,
    later,
    passed,
    passing,
)
from regulars.conditions.nodes import (
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    Filter,
    OffRhythm,
    OrderCount,
    OrderLeaf,
    OrderSum,
    Returned,
)
from regulars.conditions.passes import FACT
from regulars.conditions.statement import Statement, source_of
from regulars.conditions.windows import Between, Ever, Last

# Of whom ordered at or after the instant too, the totals are counted anew from the orders.
EVER = (
    "select customer_id, orders, first_at, last_at, null::timestamptz as coming_at "
    "from orders.fact_customer_total where last_at < {now}{only} "
    "union all "
    "select past.customer_id, count(*) filter (where past.occurred_at < {now}), "
    "min(past.occurred_at) filter (where past.occurred_at < {now}), "
    "max(past.occurred_at) filter (where past.occurred_at < {now}), "
    "min(past.occurred_at) filter (where past.occurred_at >= {now}) "
    "from orders.fact_customer_total as total inner join orders.fact_order as past using (customer_id) "
    "where total.last_at >= {now} and past.status <> 'cancelled'{only} "
    "group by past.customer_id"
)


class Ordered:
    """What all of one's orders before the instant come to."""

    def __init__(self, statement: Statement) -> None:
        self._facts: Facts | None = None
        if statement.dialect.counts_ever:
            ids = statement.ids
            only = "" if ids is None else f" and customer_id = any({ids})"
            self._alias = statement.joined(EVER.format(now=statement.now(), only=only))
        else:
            self._facts = facts_of(statement, "order", Ever())

    @property
    def count(self) -> str:
        found = self._facts.figure("count") if self._facts else f"{self._alias}.orders"
        return f"coalesce({found}, 0)"

    @property
    def first_at(self) -> str:
        return self._facts.figure("min", f"{FACT}.at") if self._facts else f"{self._alias}.first_at"

    @property
    def last_at(self) -> str:
        return self._facts.figure("max", f"{FACT}.at") if self._facts else f"{self._alias}.last_at"

    def changes(self, statement: Statement) -> list[str]:
        if self._facts:
            return self._facts.changes()
        return [f"({self._alias}.coming_at + {statement.bind(TICK, 'span')})"]


def order_figure(statement: Statement, leaf: OrderLeaf) -> str:  # noqa: PLR0911 - one case a leaf
    match leaf:
        case OrderCount(window=Ever()):
            return Ordered(statement).count
        case OrderCount(window=window):
            return f"coalesce({facts_of(statement, 'order', window).figure('count')}, 0)"
        case OrderSum():
            return f"coalesce({_sums(statement, leaf).figure('sum', _net())}, 0)"
        case DaysSinceLastOrder():
            return days_since(statement, Ordered(statement).last_at)
        case DaysSinceFirstOrder():
            return days_since(statement, Ordered(statement).first_at)
        case Returned():
            recent = _recent(statement, leaf)
            before = facts_of(statement, "order", Between(near=leaf.within_days, far=100 * 365))
            return days_between(statement, before.figure("max", f"{FACT}.at"), recent)
        case OffRhythm():
            alias = _rhythm(statement, leaf)
            last = f"{statement.dialect.micros(statement.now())} - {alias}.last"
            return f"cast({last} as {_number(statement)}) / nullif({alias}.gap, 0)"


def order_holds(statement: Statement, leaf: OrderLeaf) -> str:
    match leaf:
        case OrderCount(comparison=comparison, number=wanted) | OrderSum(comparison=comparison, minor=wanted):
            return f"({order_figure(statement, leaf)} {SIGNS[comparison]} {statement.bind(wanted, 'bigint')})"
        case DaysSinceLastOrder(comparison=comparison, days=days):
            return passed(statement, Ordered(statement).last_at, comparison, days)
        case DaysSinceFirstOrder(comparison=comparison, days=days):
            return passed(statement, Ordered(statement).first_at, comparison, days)
        case Returned():
            return _returned(statement, leaf)
        case OffRhythm(times=times):
            alias = _rhythm(statement, leaf)
            last = f"{statement.dialect.micros(statement.now())} - {alias}.last"
            return f"coalesce({last} > {statement.bind(times, 'number')} * {alias}.gap, false)"


def order_changes(statement: Statement, leaf: OrderLeaf) -> list[str]:  # noqa: PLR0911 - one case a leaf
    match leaf:
        case OrderCount(window=Ever()):
            return Ordered(statement).changes(statement)
        case OrderCount(window=window, comparison=comparison, number=wanted):
            return count_changes(facts_of(statement, "order", window), comparison, wanted)
        case OrderSum():
            return _sums(statement, leaf).changes()
        case DaysSinceLastOrder(days=days):
            ordered = Ordered(statement)
            return [*ordered.changes(statement), *passing(statement, ordered.last_at, days)]
        case DaysSinceFirstOrder(days=days):
            ordered = Ordered(statement)
            return [*ordered.changes(statement), *passing(statement, ordered.first_at, days)]
        case Returned(within_days=days):
            # Without a return that holds there is none before somebody orders: between two orders of the
            # window no pause has room.
            recent = f"case when {_returned(statement, leaf)} then {_recent(statement, leaf)} end"
            return facts_of(statement, "order", Last(days=days)).changes(recent)
        case OffRhythm(times=times):
            alias = _rhythm(statement, leaf)
            due = f"{alias}.last + cast(floor({statement.bind(times, 'number')} * {alias}.gap) as bigint)"
            moment = statement.dialect.moment(f"{due} + 1")
            return [later(statement, moment), *facts_of(statement, "order", Ever()).changes()]


def _number(statement: Statement) -> str:
    return statement.dialect.types["number"]


def _net() -> str:
    return f'{FACT}."net_minor"'


def _sums(statement: Statement, leaf: OrderSum) -> Facts:
    currency = Filter(property="currency", value=leaf.currency)
    facts = facts_of(statement, "order", leaf.window, where=(currency,))
    facts.read.column("net_minor")
    statement.use(facts.source, "net_minor")
    return facts


def _recent(statement: Statement, leaf: Returned) -> str:
    return facts_of(statement, "order", Last(days=leaf.within_days)).figure("min", f"{FACT}.at")


def _returned(statement: Statement, leaf: Returned) -> str:
    """Looks no further back than the pause: with no order in it, any earlier one is far enough away."""
    far = leaf.within_days + leaf.after_days
    recent = _recent(statement, leaf)
    before = facts_of(statement, "order", Between(near=leaf.within_days, far=far)).figure("max", f"{FACT}.at")
    first = Ordered(statement).first_at
    farthest = facts_of(statement, "order", Last(days=far)).span.start
    assert farthest is not None
    pause = statement.bind(timedelta(days=leaf.after_days), "span")
    return (
        f"coalesce(case when {before} is null then {recent} is not null "
        f"and {first} < {statement.bind(farthest, 'instant')} else {before} + {pause} <= {recent} end, false)"
    )


def days_between(statement: Statement, first: str, last: str) -> str:
    micros = statement.dialect.micros
    return f"cast({micros(last)} - {micros(first)} as {_number(statement)}) / 86400000000"


def _rhythm(statement: Statement, leaf: OffRhythm) -> str:
    """The relation of the last order and the median gap, of those who have enough orders."""
    order = source_of("order")
    micros = statement.dialect.micros(f"{FACT}.at")
    rows = statement.facts(order, [f"{micros} as micros"], [f"{FACT}.at < {statement.now()}"])
    before = "lag(micros) over (partition by customer_id order by micros)"
    gaps = f"select customer_id, micros, micros - {before} as gap from ({rows}) as told"
    fewest = statement.bind(max(leaf.orders, 2), "bigint")
    return statement.joined(
        f"select customer_id, max(micros) as last, {statement.dialect.median('gap')} as gap "
        f"from ({gaps}) as told group by customer_id having count(*) >= {fewest}"
    )

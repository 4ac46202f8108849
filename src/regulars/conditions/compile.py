"""Many conditions as one grouped PostgreSQL statement.

Every leaf over a window of orders becomes an aggregate column of one pass over the orders of the longest
window, shared by all conditions that ask the same; "ever", "first" and "last" come from the totals that the
orders' reader keeps, so that they cost the same however long the history is. Every condition becomes one
boolean column that is never null. Instants and values are parameters: no text of a condition becomes text of
the statement.

A cancelled order is none; a refunded one is one still, and sums are less what was given back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any as Anything
from typing import assert_never

from psycopg import sql
from psycopg.types.json import Jsonb

from regulars.conditions.nodes import (
    All,
    Any,
    Condition,
    Consented,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    Not,
    OrderCount,
    OrderSum,
    Returned,
    TraitEquals,
    TraitExists,
    TraitIn,
    Wish,
    Wished,
)
from regulars.conditions.windows import Ever, Last, Window

Piece = sql.Composed | sql.SQL
OPERATOR = {
    "at_least": sql.SQL(">="),
    "at_most": sql.SQL("<="),
    "exactly": sql.SQL("="),
    "less_than": sql.SQL("<"),
}
# Of whom ordered at or after the instant too, the totals are counted anew from the orders before it.
EVER = sql.SQL(
    "select customer_id, orders, first_at, last_at from orders.fact_customer_total where last_at < %(at)s "
    "union all "
    "select past.customer_id, count(*), min(past.occurred_at), max(past.occurred_at) "
    "from orders.fact_customer_total as total inner join orders.fact_order as past using (customer_id) "
    "where total.last_at >= %(at)s and past.occurred_at < %(at)s and past.status <> 'cancelled' "
    "group by past.customer_id"
)
# What customers tell of it, and what it is there.
WISHES: dict[Wish, str] = {
    "no_profiling": "profiling",
    "restriction": "processing",
    "pause": "pause",
    "less_often": "frequency",
}
FALSE, TRUE, NOTHING = sql.SQL("false"), sql.SQL("true"), sql.SQL("null::text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    query: sql.Composed  # One row a customer: customer_id, then a boolean c0, c1, ... for each condition.
    params: dict[str, Anything]


def compile_conditions(
    conditions: Sequence[Condition], at: datetime, only: Sequence[int] | None = None
) -> Compiled:
    """The statement that says of every customer, or of some, which of the conditions hold at an instant."""
    statement = _Statement(at)
    holds = [statement.holds(condition) for condition in conditions]
    columns = [sql.SQL("{} as {}").format(one, sql.Identifier(f"c{n}")) for n, one in enumerate(holds)]
    return statement.compiled(columns, only=only)


def compile_figures(nodes: Sequence[Condition], at: datetime, customer_id: int) -> Compiled:
    """The same for one customer, by index, as two arrays: what holds, and each node's figure as JSON."""
    statement = _Statement(at)
    holds = [statement.holds(node) for node in nodes]
    figures = [sql.SQL("to_jsonb({})").format(statement.figure(node)) for node in nodes]
    columns = [
        sql.SQL("array[{}]::boolean[] as holds").format(sql.SQL(", ").join(holds)),
        sql.SQL("array[{}]::jsonb[] as figures").format(sql.SQL(", ").join(figures)),
    ]
    return statement.compiled(columns, only=[customer_id])


class _Statement:
    """Collects aggregates and parameters while the conditions are walked."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._aggregates: dict[tuple[object, ...], tuple[str, Piece]] = {}
        self._params: dict[str, Anything] = {"at": at}
        self._asks_ever = False
        self._said: dict[tuple[str, ...], str] = {}  # Consents and wishes asked for, and what each is called.
        # The earliest instant any leaf looks at; None when all are looked at.
        self._since: datetime | None = at

    def compiled(self, columns: Sequence[Piece], *, only: Sequence[int] | None) -> Compiled:
        listed = sql.SQL(", ").join([sql.SQL("customer.customer_id"), *columns])
        query = sql.SQL("select {} from customers.fact_customer as customer").format(listed)
        if self._asks_ever:
            query += sql.SQL(" left join ({}) as ever using (customer_id)").format(EVER)
        if self._aggregates:
            query += sql.SQL(" left join ({}) as bought using (customer_id)").format(self._orders(only))
        for asked, name in self._said.items():
            query += sql.SQL(" left join ({}) as {} using (customer_id)").format(
                self._last_words(asked, only), sql.Identifier(name)
            )
        if only is not None:
            query += sql.SQL(" where customer.customer_id = any({})").format(self._param(list(only)))
        return Compiled(query=query, params=self._params)

    def _orders(self, only: Sequence[int] | None) -> sql.Composed:
        columns = [
            sql.SQL("{} as {}").format(piece, sql.Identifier(name))
            for name, piece in self._aggregates.values()
        ]
        kept = [sql.SQL("occurred_at < %(at)s and status <> 'cancelled'").format()]
        if self._since is not None:
            kept.append(sql.SQL("occurred_at >= {}").format(self._param(self._since)))
        if only is not None:
            kept.append(sql.SQL("customer_id = any({})").format(self._param(list(only))))
        return sql.SQL("select customer_id, {} from orders.fact_order where {} group by customer_id").format(
            sql.SQL(", ").join(columns), sql.SQL(" and ").join(kept)
        )

    def _last_words(self, asked: tuple[str, ...], only: Sequence[int] | None) -> sql.Composed:
        if len(asked) == 1:
            named = sql.SQL(
                "select customer_id, not given and coalesce(until > %(at)s, true) as stands "
                "from customers.fact_wish where about = {}"
            ).format(self._param(asked[0]))
        else:
            named = sql.SQL(
                "select customer_id, given as stands from customers.fact_consent "
                "where channel = {} and topic = {}"
            ).format(self._param(asked[0]), self._param(asked[1]))
        if only is None:
            return named
        return named + sql.SQL(" and customer_id = any({})").format(self._param(list(only)))

    def holds(self, condition: Condition) -> Piece:  # noqa: C901, PLR0911, PLR0912 - one case a node, all in sight
        match condition:
            case All(conditions=inner):
                return self._joined(inner, " and ", TRUE)
            case Any(conditions=inner):
                return self._joined(inner, " or ", FALSE)
            case Not(condition=one):
                return sql.SQL("(not {})").format(self.holds(one))
            case OrderCount(comparison=comparison, number=number):
                return self._compared(self.figure(condition), comparison, number)
            case OrderSum(comparison=comparison, minor=minor):
                return self._compared(self.figure(condition), comparison, minor)
            case DaysSinceLastOrder(comparison=comparison, days=days):
                return self._passed(self._ever("last_at"), comparison, days)
            case DaysSinceFirstOrder(comparison=comparison, days=days):
                return self._passed(self._ever("first_at"), comparison, days)
            case Returned():
                return self._returned(condition)
            case TraitExists():
                return sql.SQL("coalesce({} <> 'null', false)").format(self.figure(condition))
            case TraitEquals(value=value):
                return sql.SQL("coalesce({} = {}::jsonb, false)").format(
                    self.figure(condition), self._param(Jsonb(value))
                )
            case TraitIn(values=values):
                return sql.SQL("coalesce({} = any({}::jsonb[]), false)").format(
                    self.figure(condition), self._param([Jsonb(value) for value in values])
                )
            case Consented(given=given):
                return sql.SQL("coalesce({} = {}, false)").format(self.figure(condition), self._param(given))
            case Wished():
                return sql.SQL("coalesce({}, false)").format(self.figure(condition))
            case _ as never:
                assert_never(never)

    def figure(self, node: Condition) -> Piece:  # noqa: PLR0911 - one case a node
        """What a leaf compares: a count, a sum, days, a trait's value."""
        match node:
            case OrderCount(window=window):
                counted = (
                    self._ever("orders") if isinstance(window, Ever) else self._aggregate("count(*)", window)
                )
                return sql.SQL("coalesce({}, 0)").format(counted)
            case OrderSum(window=window, currency=currency):
                total = self._aggregate("sum(net_minor)", window, currency)
                return sql.SQL("coalesce({}, 0)").format(total)
            case DaysSinceLastOrder():
                return self._days_since(self._ever("last_at"))
            case DaysSinceFirstOrder():
                return self._days_since(self._ever("first_at"))
            case Returned():
                return sql.SQL("extract(epoch from {}) / 86400").format(self._pause(node))
            case TraitExists(trait=trait) | TraitEquals(trait=trait) | TraitIn(trait=trait):
                return self._trait(trait)
            case Consented(channel=channel, topic=topic):
                return self._stands((channel, topic))
            case Wished(wish=wish):
                return self._stands((WISHES[wish],))
            case All() | Any() | Not():
                return NOTHING
            case _ as never:
                assert_never(never)

    def _stands(self, asked: tuple[str, ...]) -> Piece:
        name = self._said.setdefault(asked, f"said{len(self._said)}")
        return sql.SQL("{}").format(sql.Identifier(name, "stands"))

    def _trait(self, trait: str) -> Piece:
        """A trait by its name; address.city is also the place inside the trait address."""
        named = sql.SQL("customer.traits -> {}").format(self._param(trait))
        if "." not in trait:
            return named
        inside = sql.SQL("customer.traits #> {}::text[]").format(self._param(trait.split(".")))
        return sql.SQL("coalesce({}, {})").format(named, inside)

    def _joined(self, inner: Sequence[Condition], word: str, of_nothing: Piece) -> Piece:
        if not inner:
            return of_nothing
        return sql.SQL("({})").format(sql.SQL(word).join([self.holds(one) for one in inner]))

    def _compared(self, figure: Piece, comparison: str, value: int) -> Piece:
        return sql.SQL("({} {} {})").format(figure, OPERATOR[comparison], self._param(value))

    def _passed(self, moment: Piece, comparison: str, days: int) -> Piece:
        # At least n days ago is at or before the instant n days back.
        sign = sql.SQL("<=") if comparison == "at_least" else sql.SQL(">")
        return sql.SQL("coalesce({} {} {}, false)").format(moment, sign, self._param(self._back(days)))

    def _days_since(self, moment: Piece) -> Piece:
        return sql.SQL("extract(epoch from %(at)s - {}) / 86400").format(moment)

    def _ever(self, column: str) -> Piece:
        self._asks_ever = True
        return sql.SQL("{}").format(sql.Identifier("ever", column))

    def _returned(self, node: Returned) -> Piece:
        """Looks no further back than the pause: with no order in it, any earlier one is far enough away."""
        start, far = self._back(node.within_days), self._back(node.within_days + node.after_days)
        return sql.SQL(
            "coalesce(case when {before} is null then {recent} is not null and {first} < {far} "
            "else {recent} - {before} >= {pause} end, false)"
        ).format(
            before=self._bounded("max(occurred_at)", far, start, None),
            recent=self._aggregate("min(occurred_at)", Last(days=node.within_days)),
            first=self._ever("first_at"),
            far=self._param(far),
            pause=self._param(timedelta(days=node.after_days)),
        )

    def _pause(self, node: Returned) -> Piece:
        recent = self._aggregate("min(occurred_at)", Last(days=node.within_days))
        before = self._bounded("max(occurred_at)", None, self._back(node.within_days), None)
        return sql.SQL("({} - {})").format(recent, before)

    def _aggregate(self, function: str, window: Window, currency: str | None = None) -> Piece:
        match window:
            case Ever():
                return self._bounded(function, None, None, currency)
            case Last(days=days):
                return self._bounded(function, self._back(days), None, currency)
            case _:
                far, near = self._back(window.far), self._back(window.near)
                return self._bounded(function, far, near, currency)

    def _bounded(
        self, function: str, start: datetime | None, end: datetime | None, currency: str | None
    ) -> Piece:
        """An aggregate over orders in [start, end) before the instant, made once for all that ask it."""
        if start is None or self._since is None:
            self._since = None
        else:
            self._since = min(self._since, start)
        key = (function, start, end, currency)
        if key not in self._aggregates:
            kept = [sql.SQL("occurred_at >= {}").format(self._param(start))] if start else []
            kept += [sql.SQL("occurred_at < {}").format(self._param(end))] if end else []
            kept += [sql.SQL("currency = {}").format(self._param(currency))] if currency else []
            piece: Piece = sql.SQL(function)
            if kept:
                piece = sql.SQL("{} filter (where {})").format(piece, sql.SQL(" and ").join(kept))
            self._aggregates[key] = (f"a{len(self._aggregates)}", piece)
        return sql.SQL("bought.{}").format(sql.Identifier(self._aggregates[key][0]))

    def _back(self, days: int) -> datetime:
        return self._at - timedelta(days=days)

    def _param(self, value: object) -> sql.Composed:
        name = f"p{len(self._params)}"
        self._params[name] = value
        return sql.SQL("{}").format(sql.Placeholder(name))

"""Asking conditions of customers: who matches, and why one does or does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any as Anything

from psycopg import sql

from regulars.conditions.compile import compile_conditions, compile_figures
from regulars.conditions.nodes import (
    Condition,
    Consented,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    OrderCount,
    OrderSum,
    Returned,
    Wished,
    children,
)
from regulars.conditions.words import sentence
from regulars.db import Tx, one, value, values
from regulars.kernel import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One node: what it asks, whether it holds, the figure it compared, and the nodes inside it."""

    sentence: str
    holds: bool
    figure: str | None  # In words; None for groups.
    parts: tuple["Explanation", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    customer_id: int
    holds: list[bool]
    figures: list[Anything]


def matching(tx: Tx, condition: Condition, at: datetime) -> list[int]:
    """The customers of whom the condition holds at an instant, by id."""
    compiled = compile_conditions([condition], at)
    query = sql.SQL("select customer_id from ({}) as every where c0 order by customer_id").format(
        compiled.query
    )
    return values(tx, query, **compiled.params)


def matching_count(tx: Tx, condition: Condition, at: datetime) -> int:
    """How many customers match, without naming them."""
    compiled = compile_conditions([condition], at)
    query = sql.SQL("select count(*) from ({}) as every where c0").format(compiled.query)
    return int(value(tx, query, **compiled.params))


def explain(tx: Tx, condition: Condition, customer_id: int, at: datetime) -> Explanation:
    """Why the condition holds of one customer or not, node by node with the figures; raises NotFound."""
    nodes = list(_walk(condition))
    compiled = compile_figures(nodes, at, customer_id)
    answers = one(tx, compiled.query, Answers, **compiled.params)
    return _explanation(condition, iter(zip(answers.holds, answers.figures, strict=True)))


def _walk(condition: Condition) -> Iterator[Condition]:
    yield condition
    for inner in children(condition):
        yield from _walk(inner)


def _explanation(node: Condition, answers: Iterator[tuple[bool, Anything]]) -> Explanation:
    holds, figure = next(answers)
    parts = tuple(_explanation(inner, answers) for inner in children(node))
    return Explanation(sentence=sentence(node), holds=holds, figure=_figure(node, figure), parts=parts)


def _figure(node: Condition, figure: Anything) -> str | None:  # noqa: PLR0911 - one case a node
    match node:
        case OrderCount():
            return f"{figure:,} order{'' if figure == 1 else 's'}"
        case OrderSum(currency=currency):
            return Money(int(figure), currency).format()
        case DaysSinceLastOrder() | DaysSinceFirstOrder():
            return "never bought" if figure is None else f"{_days(figure)} ago"
        case Returned():
            return "no such pause" if figure is None else f"a pause of {_days(figure)}"
        case Consented():
            return "nothing said" if figure is None else "agreed" if figure else "withdrew"
        case Wished():
            return "asked for" if figure else "not asked for"
        case _ if children(node) or hasattr(node, "conditions"):
            return None
        case _:
            return "not known" if figure is None else str(figure)


def _days(figure: float | Decimal) -> str:
    return f"{float(figure):,.1f} days"

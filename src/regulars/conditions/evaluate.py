"""Asking conditions of customers: who matches, and why one does or does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any as Anything

from psycopg import sql

from regulars.conditions.compile import compile_conditions, compile_figures
from regulars.conditions.figure_words import figure_words
from regulars.conditions.nodes import Condition, children
from regulars.conditions.words import sentence
from regulars.db import Tx, one, value, values


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


def matching(tx: Tx, condition: Condition, at: datetime, *, zone: str = "UTC") -> list[int]:
    """The customers of whom the condition holds at an instant, by id."""
    compiled = compile_conditions([condition], at, zone=zone)
    query = sql.SQL("select customer_id from ({}) as every where c0 order by customer_id").format(
        compiled.query
    )
    return values(tx, query, **compiled.params)


def matching_count(tx: Tx, condition: Condition, at: datetime, *, zone: str = "UTC") -> int:
    """How many customers match, without naming them."""
    compiled = compile_conditions([condition], at, zone=zone)
    query = sql.SQL("select count(*) from ({}) as every where c0").format(compiled.query)
    return int(value(tx, query, **compiled.params))


def explain(
    tx: Tx, condition: Condition, customer_id: int, at: datetime, *, zone: str = "UTC"
) -> Explanation:
    """Why the condition holds of one customer or not, node by node with the figures; raises NotFound."""
    nodes = list(_walk(condition))
    compiled = compile_figures(nodes, at, customer_id, zone=zone)
    answers = one(tx, compiled.query, Answers, **compiled.params)
    return _explanation(condition, iter(zip(answers.holds, answers.figures, strict=True)))


def _walk(condition: Condition) -> Iterator[Condition]:
    yield condition
    for inner in children(condition):
        yield from _walk(inner)


def _explanation(node: Condition, answers: Iterator[tuple[bool, Anything]]) -> Explanation:
    holds, figure = next(answers)
    parts = tuple(_explanation(inner, answers) for inner in children(node))
    return Explanation(sentence=sentence(node), holds=holds, figure=figure_words(node, figure), parts=parts)

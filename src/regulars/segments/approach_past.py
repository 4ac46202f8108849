"""Who stood in which stage of an approach at an instant, as far as that is known.

As it was seen, once the approach was counted; before that, from scores that were kept, or worked out from
events and orders that happened before the instant. What asks for traits, consents or lists is not worked out
for the past: they are known as they are now, and that would be wisdom after the event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql

from regulars.conditions import EVERYBODY, Condition, Measured, compile_conditions, expand, touches
from regulars.db import Query, Statements, Tx, value
from regulars.kernel import Invalid
from regulars.segments.model import SegmentationBody
from regulars.segments.plan import live_definitions
from regulars.segments.score_source import NAME, scorings_named
from regulars.segments.scores import first_scored

# What happened stays as it happened; the rest is known as it stands now.
HAPPENED = frozenset({"event", "order"})


class Sql(Statements, file="approaches.sql"):
    counted_since: Query
    stood: Query
    scored: Query
    currency: Query
    last_counted: Query
    forget_figures: Query
    forget_stages: Query
    put_stage: Query
    figures: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """A statement that gives customer_id and place: the number of the stage."""

    query: sql.Composed
    params: Mapping[str, Any]
    how: str  # For people.


def stood_at(tx: Tx, key: str, body: SegmentationBody, instant: datetime, *, zone: str) -> Stood | None:
    """None where it is not known."""
    since = value(tx, SQL.counted_since, key=key)
    if since is not None and since <= instant:
        return Stood(
            query=_composed(SQL.stood), params={"key": key, "instant": instant}, how="as it was seen"
        )
    groups = _groups(body)
    if groups is not None:
        scoring, named = groups
        first = first_scored(tx, scoring)
        if first is None or first > instant:
            return None
        params = {
            "scoring": scoring,
            "groups": list(named),
            "places": list(named.values()),
            "last": len(body.stages) - 1,
            "instant": instant,
        }
        return Stood(query=_composed(SQL.scored), params=params, how="from scores that were kept")
    return _worked_out(tx, key, body, instant, zone)


def _composed(query: sql.SQL) -> sql.Composed:
    return sql.Composed([query])


def _groups(body: SegmentationBody) -> tuple[str, dict[str, int]] | None:
    """The scoring and its groups by place, of an approach whose stages are groups of one scoring."""
    found: dict[str, int] = {}
    scorings: set[str] = set()
    for place, stage in enumerate(body.stages[:-1]):
        asked = _group_asked(stage.condition)
        if asked is None:
            return None
        scorings.add(asked[0])
        for group in asked[1]:
            found.setdefault(group, place)
    if len(scorings) != 1 or body.stages[-1].condition != EVERYBODY:
        return None
    return scorings.pop(), found


def _group_asked(condition: Condition) -> tuple[str, tuple[str, ...]] | None:
    if not isinstance(condition, Measured) or condition.of != NAME or len(condition.where) != 1:
        return None
    (asked,) = condition.where
    if (condition.figure, condition.comparison, condition.value) != ("count", "at_least", 1):
        return None
    if asked.property != "group" or asked.test not in ("equals", "one_of"):
        return None
    groups = asked.values if asked.test == "one_of" else (asked.value,)
    return condition.name, tuple(str(group) for group in groups)


def _worked_out(tx: Tx, key: str, body: SegmentationBody, instant: datetime, zone: str) -> Stood | None:
    book = live_definitions(tx).book()
    try:
        conditions = [expand(stage.condition, book, of=f"segmentation/{key}") for stage in body.stages]
    except Invalid:
        return None
    if any(True for condition in conditions for _ in scorings_named(condition)):
        return None
    if {one.kind for condition in conditions for one in touches(condition)} - HAPPENED:
        return None
    compiled = compile_conditions(conditions, instant, zone=zone)
    places = sql.SQL(" ").join(
        sql.SQL("when answer.{} then {}").format(sql.Identifier(f"c{n}"), sql.Literal(n))
        for n in range(len(conditions))
    )
    query = sql.SQL(
        "select answer.customer_id, case {} end as place from ({}) as answer "
        "inner join customers.fact_customer as customer using (customer_id) "
        "where customer.first_seen_at <= %(instant)s"
    ).format(places, compiled.query)
    return Stood(
        query=query,
        params={**compiled.params, "instant": instant},
        how="worked out from what happened before",
    )

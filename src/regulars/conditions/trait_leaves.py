"""Leaves that ask of a trait: its value as JSON, as a text, a number, a list, a day or a moment."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import assert_never

from regulars.conditions.dialect import MOMENT, is_day
from regulars.conditions.fitting import SIGNS
from regulars.conditions.nodes import (
    Anniversary,
    TraitDate,
    TraitEquals,
    TraitExists,
    TraitHas,
    TraitIn,
    TraitLeaf,
    TraitNumber,
    TraitText,
)
from regulars.conditions.spans import day_start, local_day, moved_day, next_midnight, returns_within
from regulars.conditions.statement import Statement

NUMBER_SIGNS = {**SIGNS, "exactly": "="}


def trait_holds(statement: Statement, leaf: TraitLeaf, value: str) -> str:
    """Whether the leaf holds of a value, which is JSON; true or false, never null."""
    return f"coalesce({_holds(statement, leaf, value)}, false)"


def _holds(statement: Statement, leaf: TraitLeaf, value: str) -> str:  # noqa: PLR0911 - one case a leaf
    dialect = statement.dialect
    match leaf:
        case TraitExists():
            return dialect.is_there(value)
        case TraitEquals(value=wanted):
            return dialect.equals(value, [wanted], statement.bind)
        case TraitIn(values=values):
            return dialect.equals(value, values, statement.bind)
        case TraitNumber(comparison=comparison, value=wanted):
            sign = NUMBER_SIGNS[comparison]
            return f"{dialect.number_of(value)} {sign} {statement.bind(wanted, 'number')}"
        case TraitText(how=how, value=part):
            text, bound = dialect.text_of(value), statement.bind(part, "text")
            found = {"contains": dialect.contains, "starts_with": dialect.begins, "ends_with": dialect.ends}
            return found[how](text, bound)
        case TraitHas(values=values):
            return dialect.has(value, values, statement.bind)
        case TraitDate():
            return _lies(statement, leaf, dialect.text_of(value))
        case Anniversary(days=days):
            return _returns(statement, days, dialect.text_of(value))
        case _ as never:
            assert_never(never)


def _lies(statement: Statement, leaf: TraitDate, text: str) -> str:
    """A day is compared as it is written, a moment with the instants at which the same days begin."""
    first, last = _days(leaf, local_day(statement.at, statement.zone))
    dialect = statement.dialect
    written = dialect.by_code_points(text)
    of_days = [f"{written} >= {statement.bind(first.isoformat(), 'text')}"] if first else []
    of_days += [f"{written} <= {statement.bind(last.isoformat(), 'text')}"] if last else []
    moment = dialect.moment_of(text)
    of_moments = [f"{moment} >= {_start(statement, first)}"] if first else []
    of_moments += [f"{moment} < {_start(statement, moved_day(last, 1))}"] if last else []
    return (
        f"(case when {is_day(text, dialect)} then {' and '.join(of_days)} "
        f"when {dialect.fits(text, MOMENT)} then {' and '.join(of_moments)} else false end)"
    )


def _start(statement: Statement, day: date) -> str:
    return statement.bind(day_start(day, statement.zone), "instant")


def _days(leaf: TraitDate, today: date) -> tuple[date | None, date | None]:
    """The first and the last day at which it holds."""
    match leaf.how:
        case "in_last":
            return moved_day(today, -leaf.days), today
        case "in_next":
            return today, moved_day(today, leaf.days)
        case "more_than_ago":
            return None, moved_day(today, -leaf.days - 1)
        case "more_than_ahead":
            return moved_day(today, leaf.days + 1), None
    day = date.fromisoformat(leaf.date)
    one = timedelta(days=1)
    return {"before": (None, day - one), "on": (day, day), "after": (day + one, None)}[leaf.how]


def _returns(statement: Statement, days: int, text: str) -> str:
    dialect = statement.dialect
    returning: Sequence[str] = returns_within(local_day(statement.at, statement.zone), days)
    written = dialect.local_day(dialect.moment_of(text), statement.bind(statement.zone, "text"))

    def among(day: str) -> str:
        return dialect.among(f"substr({day}, 6, 5)", returning, "text", statement.bind)

    return (
        f"(case when {is_day(text, dialect)} then {among(text)} "
        f"when {dialect.fits(text, MOMENT)} then {among(written)} else false end)"
    )


def trait_changes(statement: Statement, leaf: TraitLeaf, value: str) -> list[str]:
    """A day counts from its midnight on; what else is asked of a trait time alone does not change."""
    moving = isinstance(leaf, Anniversary) or (
        isinstance(leaf, TraitDate) and leaf.how in ("in_last", "in_next", "more_than_ago", "more_than_ahead")
    )
    if not moving:
        return []
    midnight = statement.bind(next_midnight(statement.at, statement.zone), "instant")
    return [f"case when {statement.dialect.is_there(value)} then {midnight} end"]

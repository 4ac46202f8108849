"""What a leaf compared of one customer, in words, for “why is this person in or not”."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any as Anything

from regulars.conditions.fact_words import source_of
from regulars.conditions.lettering import amount, number, value_words
from regulars.conditions.nodes import (
    All,
    Anniversary,
    Any,
    Bucket,
    Condition,
    Consented,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    HasBeen,
    Identified,
    InSegment,
    InStage,
    Listed,
    Measured,
    Not,
    NotFollowed,
    OffRhythm,
    OrderCount,
    OrderSum,
    Reachable,
    Returned,
    Sequence,
    TraitLeaf,
    Wished,
)
from regulars.kernel import Money

TRUTHS: tuple[tuple[tuple[type, ...], str, str], ...] = (
    ((Wished,), "asked for", "not asked for"),
    ((Identified,), "known", "not known"),
    ((Reachable,), "reachable", "not reachable"),
    ((InSegment, InStage), "in", "not in"),
    ((Listed,), "on the list", "not on the list"),
)


def figure_words(node: Condition, figure: Anything) -> str | None:  # noqa: PLR0911, PLR0912, C901 - one case a node
    """None for groups, which compare nothing themselves."""
    match node:
        case All() | Any() | Not():
            return None
        case OrderCount():
            return f"{number(_plain(figure))} order{'' if figure == 1 else 's'}"
        case OrderSum(currency=currency):
            return Money(int(figure), currency).format()
        case DaysSinceLastOrder() | DaysSinceFirstOrder():
            return "never bought" if figure is None else f"{_days(figure)} ago"
        case Returned():
            return "no such pause" if figure is None else f"a pause of {_days(figure)}"
        case OffRhythm():
            return _or_nothing(figure, "no rhythm yet", lambda: f"{float(figure):,.1f} usual gaps ago")
        case Measured():
            return _measured(node, figure)
        case Sequence() | NotFollowed():
            return _often(figure)
        case HasBeen():
            return _or_nothing(figure, "not so now", lambda: _for_days(figure))
        case Bucket():
            return _or_nothing(figure, "no bucket", lambda: f"bucket {number(_plain(figure))}")
        case Consented():
            return "nothing said" if figure is None else "agreed" if figure else "withdrew"
        case Anniversary():
            return _or_nothing(figure, "not known", lambda: _return(figure))
        case _ if isinstance(node, TraitLeaf):
            return "not known" if figure is None else _value(figure)
        case _:
            return _truth(node, figure)


def _truth(node: Condition, figure: Anything) -> str:
    for kind, yes, no in TRUTHS:
        if isinstance(node, kind):
            return yes if figure else no
    return "not known" if figure is None else str(figure)


def _measured(node: Measured, figure: Anything) -> str:
    source = source_of(node.of)
    if node.figure in ("days_since_first", "days_since_last"):
        return "never" if figure is None else f"{_days(figure)} ago"
    if figure is None:
        return "nothing"
    if node.figure == "count":
        count = _plain(figure)
        return f"{number(count)} {(source.one or source.title) if count == 1 else source.title}"
    if node.figure == "distinct":
        return f"{number(_plain(figure))} different"
    column = source.columns.get(node.property)
    if column is not None and column.type == "minor" and node.figure != "average":
        currencies = {str(one.value) for one in node.where if one.property == "currency"}
        return amount(_plain(figure), currencies.pop() if len(currencies) == 1 else None)
    return number(_plain(figure))


def _often(figure: Anything) -> str:
    if figure is None or figure is False or figure == 0:
        return "did not happen"
    return "happened" if figure is True else f"happened {number(_plain(figure))} times"


def _return(figure: Anything) -> str:
    if isinstance(figure, int | float | Decimal) and not isinstance(figure, bool):
        return "today" if figure == 0 else f"in {_days(figure)}"
    return _value(figure)


def _for_days(figure: Anything) -> str:
    if isinstance(figure, bool):
        return "so all the time" if figure else "not so all the time"
    return f"so for {_days(figure)}"


def _value(figure: Anything) -> str:
    if isinstance(figure, str | bool | int | float):
        return value_words(figure)
    return str(figure)


def _or_nothing(figure: Anything, nothing: str, words: Callable[[], str]) -> str:
    return nothing if figure is None else words()


def _plain(figure: Anything) -> float:
    value = float(figure)
    return int(value) if value.is_integer() else value


def _days(figure: Anything) -> str:
    return f"{float(figure):,.1f} days"

"""One visitor over the nodes: whether each holds, what it compares, and when time alone changes it."""

from collections.abc import Sequence
from typing import assert_never

from regulars.conditions.facts import CONSENT, IDENTIFIED, WISH
from regulars.conditions.lasting import has_been, has_been_changes, stays_now
from regulars.conditions.measuring import Facts, facts_of, measured_changes, measured_figure, measured_holds
from regulars.conditions.nodes import (
    All,
    Any,
    Bucket,
    Condition,
    Consented,
    Filter,
    HasBeen,
    Identified,
    InSegment,
    InStage,
    Listed,
    Measured,
    Not,
    NotFollowed,
    OrderLeaf,
    Reachable,
    TraitLeaf,
    Wish,
    Wished,
    children,
)
from regulars.conditions.nodes import Sequence as Steps
from regulars.conditions.ordering import order_changes, order_figure, order_holds
from regulars.conditions.passes import FACT, Aggregate, Part
from regulars.conditions.sequences import not_followed, sequence
from regulars.conditions.source import Source
from regulars.conditions.statement import Statement, source_of
from regulars.conditions.trait_leaves import trait_changes, trait_holds
from regulars.conditions.windows import Ever

# What customers tell of it, and what it is there.
WISHES: dict[Wish, str] = {
    "no_profiling": "profiling",
    "restriction": "processing",
    "pause": "pause",
    "less_often": "frequency",
}


def holds(statement: Statement, node: Condition) -> str:  # noqa: C901, PLR0911, PLR0912 - one case a node
    """Whether a node holds: true or false, never null."""
    if isinstance(node, OrderLeaf):
        return order_holds(statement, node)
    if isinstance(node, TraitLeaf):
        return trait_holds(statement, node, statement.trait(node.trait))
    match node:
        case All(conditions=inner):
            return _joined(statement, inner, " and ", "true")
        case Any(conditions=inner):
            return _joined(statement, inner, " or ", "false")
        case Not(condition=one):
            return f"(not {holds(statement, one)})"
        case Measured():
            return measured_holds(statement, node)
        case Steps():
            return f"({sequence(statement, node).times} > 0)"
        case NotFollowed():
            return f"({not_followed(statement, node).times} > 0)"
        case Consented(given=given):
            return f"coalesce({_consent(statement, node)} = {statement.bind(given, 'boolean')}, false)"
        case Wished():
            return f"coalesce({_wish(statement, node)}, false)"
        case Identified():
            return f"({_identified(statement, node)} > 0)"
        case Reachable():
            return f"(coalesce({_reach(statement, node).figure('count')}, 0) > 0)"
        case Listed():
            return f"coalesce({_entry(statement, node)}, false)"
        case InSegment() | InStage():
            return stays_now(statement, node)
        case Bucket(first=first, below=below):
            bucket = statement.dialect.bucket(statement.bind(node.salt, "text"))
            low, high = statement.bind(first, "bigint"), statement.bind(below, "bigint")
            return f"({bucket} >= {low} and {bucket} < {high})"
        case HasBeen(condition=one):
            return f"({has_been(statement, node)} and {holds(statement, one)})"
        case _ as never:
            assert_never(never)


def figure(statement: Statement, node: Condition) -> str:  # noqa: PLR0911 - one case a node
    """What a leaf compares: a count, a sum, days, a trait's value, or whether it is so."""
    if isinstance(node, OrderLeaf):
        return order_figure(statement, node)
    if isinstance(node, TraitLeaf):
        return statement.trait(node.trait)
    match node:
        case Measured():
            return measured_figure(statement, node)
        case NotFollowed():
            return not_followed(statement, node).times
        case Consented():
            return _consent(statement, node)
        case Bucket(salt=salt):
            return statement.dialect.bucket(statement.bind(salt, "text"))
        case All() | Any() | Not():
            return "null::text"
        case _:
            return holds(statement, node)


def changes(statement: Statement, node: Condition) -> list[str]:  # noqa: PLR0911 - one case a node
    """Instants, each perhaps null, before the first of which time alone does not change the answer."""
    if isinstance(node, OrderLeaf):
        return order_changes(statement, node)
    if isinstance(node, TraitLeaf):
        return trait_changes(statement, node, statement.trait(node.trait))
    match node:
        case Measured():
            return measured_changes(statement, node)
        case Steps():
            return sequence(statement, node).changes()
        case NotFollowed():
            return not_followed(statement, node).changes()
        case Wished():
            return [_own(statement, WISH, "min", f'{FACT}."until"', _wish_parts(statement, node))]
        case Reachable():
            return _reach(statement, node).changes()
        case Listed():
            return [_entry_until(statement, node)]
        case HasBeen(condition=one):
            return [*has_been_changes(statement, node), *changes(statement, one)]
        case _:
            return [found for one in children(node) for found in changes(statement, one)]


def _joined(statement: Statement, inner: Sequence[Condition], word: str, of_nothing: str) -> str:
    return f"({word.join(holds(statement, one) for one in inner)})" if inner else of_nothing


def _own(statement: Statement, source: Source, function: str, value: str, fits: tuple[str, ...]) -> str:
    """A figure over one of the relations that leaves know by themselves."""
    read = statement.pass_of(source)
    read.columns |= set(source.columns)
    statement.use(source, *source.columns)
    return read.add(Aggregate(function=function, value=value, part=Part(fits=fits)))


def _is(statement: Statement, column: str, value: str) -> str:
    return f'{FACT}."{column}" = {statement.bind(value, "text")}'


def _consent(statement: Statement, node: Consented) -> str:
    said = (_is(statement, "channel", node.channel), _is(statement, "topic", node.topic))
    return _own(statement, CONSENT, "bool_or", f'{FACT}."given"', said)


def _wish_parts(statement: Statement, node: Wished) -> tuple[str, ...]:
    lasts = f'coalesce({FACT}."until" > {statement.now()}, true)'
    return _is(statement, "about", WISHES[node.wish]), f'not {FACT}."given"', lasts


def _wish(statement: Statement, node: Wished) -> str:
    about, *stands = _wish_parts(statement, node)
    return _own(statement, WISH, "bool_or", " and ".join(stands), (about,))


def _identified(statement: Statement, node: Identified) -> str:
    return f"coalesce({_own(statement, IDENTIFIED, 'count', '', (_is(statement, 'kind', node.kind),))}, 0)"


def _reach(statement: Statement, node: Reachable) -> Facts:
    return facts_of(statement, "reach", Ever(), where=(Filter(property="channel", value=node.channel),))


def _entry(statement: Statement, node: Listed) -> str:
    until = f'{FACT}."until"'
    lasts = f"({until} is null or {until} > {statement.now()})"
    return _own(
        statement,
        source_of("list"),
        "bool_or",
        lasts,
        (f"{FACT}.name = {statement.bind(node.segment, 'text')}",),
    )


def _entry_until(statement: Statement, node: Listed) -> str:
    until = f'{FACT}."until"'
    named = f"{FACT}.name = {statement.bind(node.segment, 'text')}"
    return _own(statement, source_of("list"), "min", until, (named, f"{until} > {statement.now()}"))

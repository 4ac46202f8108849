"""The SQL of every node and engine, as it was looked at; and that no value of a condition ever is in it."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.conditions import (
    Condition,
    Last,
    Measured,
    NotFollowed,
    Sequence,
    Step,
    compile_conditions,
    parse,
    plain,
)
from regulars.conditions.compile import Engine
from regulars.conditions.nodes import Leaf, children
from regulars.kernel import Invalid
from tests.unit.conditions import every_node

REWRITE = "Look at the difference; if it is meant: .venv/bin/python -m tests.unit.conditions.every_node"
TRICKY = (
    "'",
    '"',
    "%",
    "%(p0)s",
    "$p0",
    ":p0",
    "{}",
    "{0}",
    "\\",
    "\\'",
    "';--",
    "*/",
    "$$",
    "\n",
    "é",
    "/~",
    ".",
)
MARK = "QzK"


def test_the_sql_of_every_node_is_as_it_was_looked_at() -> None:
    kept = {path.name: path.read_text() for path in every_node.FOLDER.glob("*.sql")}
    made = {path.name: text for path, text in every_node.snapshots()}

    assert sorted(kept) == sorted(made), REWRITE
    assert [name for name, text in made.items() if kept[name] != text] == [], REWRITE


def test_there_is_one_of_every_node() -> None:
    seen: set[type] = set()

    def look(node: Condition) -> None:
        seen.add(type(node))
        for inner in children(node):
            look(inner)

    for node in every_node.EVERY.values():
        look(node)
    assert {*get_args(Leaf)} <= seen


def marked(value: object, text: str) -> object:
    """The same condition with another text wherever a person writes one."""
    fixed = {
        "is",
        "of",
        "how",
        "figure",
        "comparison",
        "test",
        "wish",
        "unit",
        "first",
        "last",
        "date",
        "currency",
    }
    if isinstance(value, dict):
        return {
            name: one if name in fixed and isinstance(one, str) else marked(one, text)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [marked(one, text) for one in value]
    return text if isinstance(value, str) else value


@settings(max_examples=12, deadline=None)
@given(
    text=st.lists(st.one_of(st.sampled_from(TRICKY), st.characters(exclude_categories=["Cs"])), max_size=6)
)
def test_no_value_is_ever_in_the_text(text: list[str]) -> None:
    written = MARK + "".join(text).replace("\0", "") + MARK
    for name, condition in every_node.EVERY.items():
        if name in ("measured_sum", "measured_days_since_last"):
            continue  # Their properties and names are those of a source.
        asked = msgspec.convert(marked(plain(condition), written), type=Condition)
        for engine in get_args(Engine):
            compiled = compile_conditions([asked], every_node.AT, engine=engine, next_change=True)
            assert MARK not in compiled.text


def test_facts_of_those_who_are_asked_are_read_once_for_all() -> None:
    viewed, added = Step(name="Viewed"), Step(name="Added")
    asked: list[Condition] = [
        Measured(of="event", name="Viewed", window=Last(days=7), value=1),
        Sequence(steps=(viewed, added), within_hours=24, window=Last(days=30)),
        NotFollowed(first=added, then=viewed, within_hours=24, window=Last(days=3)),
    ]

    of_some = compile_conditions(asked, every_node.AT, [1, 2], next_change=True)
    of_one_thing = compile_conditions(asked[:1], every_node.AT, [1, 2])
    of_all = compile_conditions(asked, every_node.AT)

    assert of_some.text.count("log.fact_event") == of_some.text.count("as materialized") == 1
    assert [of_one_thing.text.count(word) for word in ("log.fact_event", "materialized")] == [1, 0]
    assert of_all.text.count("log.fact_event") == 3


def test_a_nul_is_refused() -> None:
    with pytest.raises(Invalid):
        parse({"is": "trait_equals", "trait": "a\0b", "value": "x"})

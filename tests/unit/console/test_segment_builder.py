"""The builder's form: whatever a condition says survives it, and each step does what its button says."""

import json
from random import Random
from typing import Any

import pytest

from regulars import wiring  # noqa: F401 - it makes the sources known.
from regulars.conditions import SOURCES, plain
from regulars.console.rendering import environment
from regulars.console.segments.drawing import draw
from regulars.console.segments.fields import Option
from regulars.console.segments.kinds import KINDS
from regulars.console.segments.suggestions import Suggested, Vocabulary
from regulars.console.segments.typed import Typed, done, tree_of, typed_of
from tests.integration.conditions.dice import PLACES, Dice
from tests.integration.conditions.drawn_conditions import condition
from tests.unit.console.browsing import sent

VOCABULARY = Vocabulary(
    suggested={("traits",): (Suggested(value="x", known="text"), Suggested(value="a", known="number"))},
    options={("segments",): (Option(value="seg-a", title="A"),)},
)
ODD: list[Any] = [
    None, 12, "text", [], {}, {"is": "nobody knows"}, {"is": "listed", "segment": "a"}, {"is": "not"},
    {"is": "trait_equals", "trait": "a\nb", "value": ' "quoted"\r\n'}, {"is": "trait_in", "trait": "x", "values": "no"},
    {"is": "trait_equals", "trait": {"a": 1}, "value": [1, None]}, {"is": "all", "conditions": {"a": 1}},
    {"is": "trait_in", "trait": "x", "values": ["a, b", "", " c", '"', "12", 12, 1.0, True, "true", 1e300]},
    {"is": "order_count", "comparison": "about", "number": "many", "window": {"is": "moon"}, "more": 1},
    {"is": "measured", "of": "moon", "where": 3}, {"is": "measured", "of": "event", "where": [3]},
    {"is": "measured", "of": "event", "name": "Seen", "where": [{"property": "p", "test": "one_of", "values": {}}]},
    {"is": "sequence", "steps": [1, {"of": "event"}], "within_hours": None}, {"is": "sequence", "steps": "a"},
    {"is": "in_stage", "approach": "rings", "stages": [1, "a"]}, {"is": "in_stage", "approach": "", "stages": "a"},
    {"is": "order_sum", "comparison": "at_least", "minor": 12345, "currency": "JPY"},
    {"is": "order_sum", "comparison": "at_least", "minor": 12.5, "currency": "dollar"},
    {"is": "trait_date", "trait": "d", "how": "on", "date": "2025-02-30x"}, {"is": "consented", "given": "maybe"},
]  # fmt: skip


def form_of(asked: Any) -> Any:
    """What a browser sends of the builder as it stands."""
    typed = Typed(tree=tree_of(asked))
    drawn = draw(typed.tree, VOCABULARY)
    html = environment().get_template("segments/_builder.html").module.node(drawn.root, ())  # type: ignore[attr-defined]
    form = sent(str(html))
    return type(form)([*form.multi_items(), *typed.carried.items()])


@pytest.mark.parametrize("asked", ODD, ids=lambda one: json.dumps(one)[:40])
def test_an_unfinished_or_odd_condition_comes_back_as_it_was(asked: Any) -> None:
    back = typed_of(form_of(asked), VOCABULARY)

    assert json.dumps(back.tree["condition"]) == json.dumps(asked)
    assert back.before == ()


def test_any_condition_survives_the_form_unchanged() -> None:
    dice = Random(31)
    for _ in range(400):
        asked = _plain(condition(Dice(dice, *PLACES[dice.randrange(len(PLACES))])))

        back = typed_of(form_of(asked), VOCABULARY)

        assert json.dumps(back.tree["condition"]) == json.dumps(asked)


A, B, C = ({"is": "wished", "wish": wish} for wish in ("pause", "less_often", "restriction"))


def all_of(*inner: Any) -> Any:
    return {"is": "all", "conditions": list(inner)}


def any_of(*inner: Any) -> Any:
    return {"is": "any", "conditions": list(inner)}


STEPS = [
    ("add condition any", all_of(A), all_of(A, any_of())),
    ("add condition all", A, all_of(A, all_of())),
    ("up condition.conditions[1]", all_of(A, B), all_of(B, A)),
    ("down condition.conditions[0].conditions[0]", all_of(any_of(A), B), all_of(A, B)),
    ("up condition.conditions[1].conditions[0]", all_of(A, any_of(B, C)), all_of(A, B, any_of(C))),
    ("out condition.conditions[0].conditions[1]", all_of(any_of(A, B), C), all_of(any_of(A), B, C)),
    ("into condition.conditions[1]", all_of(A, B), all_of(any_of(A, B))),
    ("into condition.conditions[1]", all_of(any_of(A), B), all_of(any_of(A, B))),
    ("negate condition.conditions[0]", all_of(A), all_of({"is": "not", "condition": A})),
    ("negate condition", {"is": "not", "condition": A}, A),
    ("hold condition.conditions[0]", all_of(A), all_of({"is": "has_been", "condition": A, "days": 30})),
    ("dissolve condition.conditions[0]", all_of(any_of(A, B), C), all_of(A, B, C)),
    ("copy condition.conditions[0]", all_of(A, B), all_of(A, A, B)),
    ("remove condition.conditions[0].condition", all_of({"is": "not", "condition": A}, B), all_of(B)),
    ("remove condition", A, all_of()),
    ("remove condition.conditions[7]", all_of(A), all_of(A)),
    ("up nowhere[3].at all", all_of(A), all_of(A)),
    ("nonsense", all_of(A), all_of(A)),
]


@pytest.mark.parametrize(("do", "before", "after"), STEPS, ids=lambda one: str(one)[:40])
def test_a_step_changes_the_tree_as_its_button_says_and_is_undone(do: str, before: Any, after: Any) -> None:
    typed = done(Typed(tree=tree_of(before)), do, VOCABULARY)

    assert typed.tree["condition"] == after
    assert done(typed, "undo", VOCABULARY).tree["condition"] == before
    assert done(done(typed, "undo", VOCABULARY), "redo", VOCABULARY).tree["condition"] == after


def typed_into(asked: Any, path: str, text: str) -> Any:
    form = form_of(asked)
    changed = [(name, text if name == f"condition.{path}" else value) for name, value in form.multi_items()]
    return typed_of(type(form)(changed), VOCABULARY).tree["condition"]


def test_what_is_typed_is_read_by_the_type_that_the_data_have() -> None:
    of_text = {"is": "trait_equals", "trait": "x", "value": ""}
    of_number = {"is": "trait_equals", "trait": "a", "value": ""}

    assert typed_into(of_text, "value", "12")["value"] == "12"
    assert typed_into(of_number, "value", "1,200")["value"] == 1200
    assert typed_into(of_number, "value", '"12"')["value"] == "12"
    assert typed_into({"is": "trait_in", "trait": "?", "values": []}, "values", 'a, "b, c", true, 2.5')[
        "values"
    ] == ["a", "b, c", True, 2.5]
    money = {
        "is": "order_sum",
        "comparison": "at_least",
        "minor": 100,
        "currency": "USD",
        "window": {"is": "ever"},
    }
    assert typed_into(money, "minor", "12.34")["minor"] == 1234


def test_another_choice_brings_its_fields_and_keeps_what_both_have() -> None:
    last = {"is": "order_count", "comparison": "at_least", "number": 2, "window": {"is": "last", "days": 7}}
    one = {"is": "trait_equals", "trait": "x", "value": "gold"}
    asked = {"is": "measured", "of": "event", "name": "Seen", "where": [{"property": "p", "value": 1}]}

    assert typed_into(last, "window.is", "calendar")["window"] == {
        "is": "calendar",
        "unit": "month",
        "back": 0,
    }
    assert typed_into(last, "is", "days_since_last_order")["days"] == 30
    assert typed_into(one, "is", "trait_in") == {"is": "trait_in", "trait": "x", "values": ["gold"]}
    assert typed_into(asked, "where[0].test", "one_of")["where"] == [
        {"property": "p", "test": "one_of", "values": [1]}
    ]


def test_a_step_of_every_kind_of_the_menu_is_drawn_and_comes_back() -> None:
    for kind in (*KINDS, *(f"measured:{name}" for name in SOURCES)):
        typed = done(Typed(tree=tree_of(all_of())), f"add condition {kind}", VOCABULARY)

        back = typed_of(form_of(typed.tree["condition"]), VOCABULARY)

        assert back.tree == typed.tree
        assert typed.focus == "condition.conditions[0]"


def _plain(asked: Any) -> Any:
    return json.loads(json.dumps(plain(asked)))

"""The builder's form: whatever a condition says survives it, and each step does what its button says."""

import json
from random import Random
from typing import Any

import pytest

from regulars import app  # noqa: F401 - it makes the sources known.
from regulars.conditions import plain
from regulars.console.rendering import environment
from regulars.console.segments.drawing import draw
from regulars.console.segments.fields import Option
from regulars.console.segments.suggestions import Suggested, Vocabulary
from regulars.console.segments.typed import Typed, tree_of, typed_of
from tests.integration.conditions.dice import PLACES, Dice, condition
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


def _plain(asked: Any) -> Any:
    return json.loads(json.dumps(plain(asked)))

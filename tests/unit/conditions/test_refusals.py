"""What cannot be asked is refused with its place and what to do; whatever else comes in breaks nothing."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regulars.conditions.facts  # noqa: F401 - registers the sources that are always there
from regulars.conditions import Known, condition_schema, parse, problems, sentence, warnings
from regulars.conditions.examples import EXAMPLES, WINDOW_EXAMPLES
from regulars.conditions.grammar import NODES, WINDOWS
from regulars.conditions.source import SOURCES
from regulars.kernel import Invalid
from regulars.segments.fact_sources import LIST
from tests.unit.conditions.chance_conditions import Chance

EVENT = {"is": "measured", "of": "event", "name": "A"}
ORDER = {"is": "measured", "of": "order"}
SCHEMA = jsonschema_rs.Draft202012Validator(condition_schema())
# What a schema cannot say; each code stands for a rule between fields, or for a limit on the whole.
UNSAID = {
    "impossible", "not_wanted", "missing", "no_history", "no_moment", "unknown_property", "type", "currency",
    "number", "unknown", "too_deep", "too_many", "date", "text", "property",
}  # fmt: skip


@pytest.mark.parametrize(
    ("data", "path", "said"),
    [
        (EVENT | {"of": "bought"}, "of", "write one of "),
        (ORDER | {"name": "A"}, "name", "Orders have no names"),
        (ORDER | {"where": [{"property": "colour", "value": "x"}]}, "where[0].property", "Known are coupon, curr"),
        (ORDER | {"figure": "sum", "value": 3}, "property", "name it. Known are"),
        (ORDER | {"property": "value"}, "property", "leave it out"),
        (ORDER | {"figure": "sum", "property": "store"}, "property", "Numbers are total_minor"),
        (ORDER | {"figure": "sum", "property": "net_minor"}, "where", "add the filter {property: currency"),
        (EVENT | {"value": 2.5}, "value", "a whole number"),
        (EVENT | {"window": {"is": "ahead", "days": 3}}, "window", "look back"),
        (EVENT | {"window": {"is": "between", "near": 3, "far": 3}}, "window", "Nothing is between"),
        (EVENT | {"window": {"is": "calendar", "unit": "year", "back": 101}}, "window.back", "at most 100 back"),
        (EVENT | {"window": {"is": "dates"}}, "window", "Give the first day"),
        (EVENT | {"window": {"is": "dates", "first": "2026-02-30"}}, "window.first", "2026-03-01"),
        (EVENT | {"window": {"is": "dates", "first": "2026-03-02", "last": "2026-03-01"}}, "window", "No day"),
        (EVENT | {"window": {"is": "last", "days": 0}}, "window.days", "from 1 to"),
        (EVENT | {"window": {"is": "someday"}}, "window", "Write one of ever"),
        (EVENT | {"where": [{"property": "a..b", "value": 1}]}, "where[0].property", "empty"),
        (EVENT | {"where": [{"property": "a", "test": "one_of", "value": 1, "values": [1]}]}, "where[0].value", "takes “values”"),
        (EVENT | {"where": [{"property": "a", "test": "exists", "value": 1}]}, "where[0].value", "no value"),
        (EVENT | {"where": [{"property": "a"}]}, "where[0].value", "give it"),
        (EVENT | {"where": [{"property": "a", "test": "at_least", "value": "x"}]}, "where[0].value", "dates as"),
        (EVENT | {"where": [{"property": "a", "test": "starts_with", "value": 1}]}, "where[0].value", "a text"),
        (ORDER | {"where": [{"property": "line_count", "value": "3"}]}, "where[0].value", "is a number; found '3'"),
        (ORDER | {"where": [{"property": "line_count", "test": "contains", "value": 3}]}, "where[0].test", "not asked"),
        (ORDER | {"where": [{"property": "total_minor", "value": 1.5}]}, "where[0].value", "minor units"),
        (EVENT | {"where": [{"property": "a", "value": 1}] * 21}, "where", "21 of them"),
        ({"is": "sequence", "steps": [{}], "within_hours": 1}, "steps", "2 to 5 steps"),
        ({"is": "sequence", "steps": [{}, {"of": "x"}], "within_hours": 1}, "steps[1].of", "write one of"),
        ({"is": "sequence", "steps": [{}, {}], "within_hours": 0}, "within_hours", "above 0"),
        ({"is": "trait_date", "trait": "a", "how": "before", "days": 3}, "date", "wants a date"),
        ({"is": "trait_date", "trait": "a", "how": "in_last", "date": "2026-03-01"}, "date", "leave the date out"),
        ({"is": "bucket", "salt": "a", "first": 5, "below": 5}, "below", "is the greater"),
        ({"is": "has_been", "condition": {"is": "all", "conditions": []}, "days": 3}, "condition", "Make a segment"),
        ({"is": "listed", "segment": "a"}, "is", "in_segment"),
        ({"is": "trait_equals", "trait": "a", "value": 10**400}, "value", "many digits"),
        ({"is": "trait_in", "trait": "a", "values": [[]]}, "values[0]", "found a list"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_at_its_place(data: dict[str, Any], path: str, said: str) -> None:
    (finding,) = problems({"is": "not", "condition": data})

    assert finding.path == f"condition.{path}"
    assert said in finding.message


def test_lists_are_asked_by_their_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, LIST.name, LIST)

    (finding,) = problems({"is": "measured", "of": "list", "name": "guests"})

    assert (finding.path, finding.code) == ("of", "conditions.unknown")
    assert "ask {is: in_segment, segment: the list's key}" in finding.message


def test_names_that_nobody_has_seen_are_a_warning_and_no_error() -> None:
    asked = parse(
        {
            "is": "all",
            "conditions": [
                {"is": "trait_equals", "trait": "ctiy", "value": "x"},
                {"is": "trait_exists", "trait": "address.zip"},
                {"is": "not", "condition": EVENT | {"name": "Product Veiwed"}},
                {"is": "sequence", "steps": [{"name": "Product Viewed"}, {"name": "B"}], "within_hours": 1},
                {"is": "order_count", "comparison": "at_least", "number": 1,
                 "window": {"is": "since", "trait": "start"}},
            ],
        }
    )  # fmt: skip
    known = Known(traits={"city", "address"}, events={"Product Viewed"})

    found = warnings(asked, known)

    assert [(one.path, one.code) for one in found] == [
        ("conditions[0].trait", "conditions.unseen_trait"),
        ("conditions[2].condition.name", "conditions.unseen_event"),
        ("conditions[3].steps[1].name", "conditions.unseen_event"),
        ("conditions[4].window.trait", "conditions.unseen_trait"),
    ]
    assert "Did you mean city?" in found[0].message
    assert "Did you mean Product Viewed?" in found[1].message
    assert warnings(asked, Known()) == []


def test_every_node_and_window_has_an_example_that_can_be_read() -> None:
    windows = [one for one in WINDOW_EXAMPLES if one["is"] != "ahead"]

    assert {one["is"] for one in EXAMPLES} == set(NODES)
    assert [one["is"] for one in WINDOW_EXAMPLES] == list(WINDOWS)
    for one in (*EXAMPLES, *(EVENT | {"window": window} for window in windows)):
        assert SCHEMA.is_valid(one)
        assert sentence(parse(one))


def test_the_schema_accepts_and_refuses_what_is_read_and_refused() -> None:
    chance = Chance(7)
    refused = said = 0
    for turn in range(6_000):
        data = chance.condition()
        if turn % 3:
            data = spoilt(chance, data)
        found = problems(data)
        valid = SCHEMA.is_valid(data)
        assert valid or found, data
        refused += bool(found)
        said += not valid
        codes = {one.code.removeprefix("conditions.") for one in found}
        assert not valid or codes <= UNSAID, (data, found)

    assert refused > 1_500
    assert said > 0.5 * refused


SPOILS: tuple[Any, ...] = (None, "", [], {}, -1, 0, 1.5, True, "x", {"is": "last"}, [1], "2026-02-30", 10**20)


def spoilt(chance: Chance, data: Any) -> Any:
    """With one place of it changed, taken away or added."""
    if isinstance(data, list):
        if not data or chance.random.random() < 0.2:
            return chance.one(SPOILS)
        place = chance.random.randrange(len(data))
        return [*data[:place], spoilt(chance, data[place]), *data[place + 1 :]]
    if not isinstance(data, dict) or not data:
        return chance.one(SPOILS)
    name = chance.one(sorted(data))
    if chance.random.random() < 0.1:
        return {key: value for key, value in data.items() if key != name}
    if chance.random.random() < 0.1:
        return {**data, chance.one(("extra", "days", "where", "value")): chance.one(SPOILS)}
    return {**data, name: spoilt(chance, data[name])}


NAMES = st.sampled_from(
    ["is", "of", "name", "figure", "property", "where", "window", "value", "values", "condition", "conditions",
     "steps", "first", "then", "within_hours", "days", "trait", "test", "comparison", "how", "date", "salt"]
)  # fmt: skip
WORDS = st.one_of(
    st.sampled_from([*NODES, *WINDOWS, "event", "order", "sum", "at_least"]), st.text(max_size=5)
)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(NAMES, inner, max_size=5),
        st.builds(lambda kind, rest: {**rest, "is": kind}, WORDS, st.dictionaries(NAMES, inner, max_size=5)),
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(ANYTHING)
def test_whatever_comes_in_is_a_condition_or_invalid(data: Any) -> None:
    if problems(data):
        with pytest.raises(Invalid):
            parse(data)
    else:
        assert sentence(parse(data))

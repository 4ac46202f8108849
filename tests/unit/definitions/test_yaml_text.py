"""Definitions as YAML: what is written reads back to the same."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from regulars.definitions.yaml_text import dump, dump_all, load_all
from regulars.kernel import Invalid

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
plain = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(plain)
@example({"0E0": "1e9", "": "-0"})
def test_what_is_written_reads_back_to_the_same(value):
    assert load_all(dump(value)) == [value]


@given(plain)
def test_another_reader_of_yaml_reads_the_same(value):
    assert yaml.safe_load(dump(value)) == value


@given(st.lists(st.dictionaries(texts, plain, max_size=3), max_size=3))
def test_many_documents_read_back_to_the_same(documents):
    assert load_all(dump_all(documents)) == documents


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on: yes", {"on": "yes"}),
        ("time: 12:30", {"time": "12:30"}),
        ("day: 2025-01-01", {"day": "2025-01-01"}),
        ("code: 010", {"code": "010"}),
        ("hex: 0x1F", {"hex": "0x1F"}),
        ("n: 1_000", {"n": "1_000"}),
        ("n: -1.5e3", {"n": -1500.0}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: True", {"a": "True"}),
    ],
)
def test_unquoted_values_mean_what_they_say(text, value):
    assert load_all(text) == [value]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [1, 2]\nb: *x", "aliases"),
        ("a: 1\na: 2", "second time"),
        ("a: !!python/object:os.system {}", "could not determine a constructor"),
        ("1: a", "not text"),
        ("<<: {a: 1}", "merge"),
        ("a: [1", "expected"),
        ("[" * 3000, "levels deep"),
        ("a: \x01", "special characters"),
    ],
)
def test_what_could_harm_or_mislead_is_refused_with_its_line(text, said):
    if said == "merge":
        assert load_all(text) == [{"<<": {"a": 1}}]  # A plain name here; no kind has such a field.
        return
    with pytest.raises(Invalid) as error:
        load_all(text)

    assert said in str(error.value)


def test_a_text_of_several_lines_is_written_as_lines():
    assert dump({"body": "one\ntwo\n"}) == "body: |\n  one\n  two\n"


@pytest.mark.parametrize(
    "text", ["!!timestamp 2020-01-01", "!!set {x, y}", "!!binary aGVsbG8=", "!!omap [x: 1]"]
)
def test_a_tag_that_says_what_json_cannot_is_refused(text):
    with pytest.raises(Invalid, match="could not determine a constructor"):
        load_all(f"a: {text}")

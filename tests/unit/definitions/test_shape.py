"""What is wrong with the shape of a body, each thing at its place."""

from typing import Literal

import msgspec
import pytest

from regulars.definitions import canonical, decode
from regulars.definitions.shape import name_findings, shape_findings
from regulars.kernel import Invalid


class Rung(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    above: int


class Ladder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str
    rungs: tuple[Rung, ...] = ()
    reset: Literal["yearly", "never"] = "never"
    top: Rung | None = None
    labels: dict[str, str] = {}


def paths(plain) -> list[str]:
    with pytest.raises(Invalid) as error:
        decode(Ladder, plain)
    return [finding.path for finding in error.value.findings]


def test_everything_wrong_is_found_at_once_with_its_place():
    plain = {
        "titel": "Tiers",
        "rungs": [{"name": "Gold", "above": "much"}, {"name": 3, "above": 1, "colour": "red"}],
        "reset": "monthly",
        "top": {"name": "Top"},
        "labels": {"de": 1},
    }

    found = paths(plain)

    assert found == [
        "titel", "title", "rungs[0].above", "rungs[1].colour", "rungs[1].name", "reset", "top.above", "labels.de",
    ]  # fmt: skip


def test_the_message_of_a_misspelt_field_names_the_known_ones():
    [finding, _] = shape_findings({"titel": "x"}, Ladder)

    assert finding.code == "shape.unknown"
    assert "title, rungs, reset" in finding.message


def test_a_sign_the_database_cannot_store_is_found_at_its_place():
    assert paths({"title": "a\x00b", "labels": {"de": "\ud800"}}) == ["title", "labels.de"]


def test_a_number_that_is_not_finite_is_refused():
    assert paths({"title": "x", "top": {"name": "a", "above": float("nan")}}) == ["top.above"]


def test_deep_nesting_is_refused_with_its_place_and_not_by_a_crash():
    deep: object = 1
    for _ in range(5000):
        deep = [deep]

    assert paths({"title": deep})[0].startswith("title[0][0]")


def test_canonical_bodies_read_back_to_the_same():
    body = decode(Ladder, {"title": "Tiers", "rungs": [{"name": "Gold", "above": 100}]})

    assert decode(Ladder, canonical(body)) == body


@pytest.mark.parametrize("key", ["", "Main", "a/b", "../up", "a b", "x" * 64, "-a", "a\n", ".hidden"])
def test_a_key_that_cannot_be_a_file_name_is_found(key):
    assert [finding.path for finding in name_findings(key, None)] == ["key"]


@pytest.mark.parametrize("key", ["a", "tier-club_2", "2025", "x" * 63])
def test_a_plain_key_is_fine(key):
    assert name_findings(key, "brand:north") == []

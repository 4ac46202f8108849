"""Putting in what a condition names, with circles, unknown keys and sizes; what a condition names and touches."""

from typing import Any

import pytest

import regulars.conditions.facts  # noqa: F401 - registers the sources that are always there
from regulars.conditions import (
    EVERYBODY,
    All,
    Book,
    Condition,
    HasBeen,
    InSegment,
    InStage,
    Listed,
    Measured,
    Not,
    Since,
    Touch,
    TraitEquals,
    TraitExists,
    Wished,
    expand,
    touches,
    uses,
)
from regulars.conditions import (
    Any as Either,
)
from regulars.conditions.nodes import NotFollowed, Step
from regulars.kernel import Invalid

A, B, C = (TraitExists(trait=name) for name in "abc")
STAGES = (("first", A), ("second", B), ("rest", EVERYBODY))


def in_segment(key: str) -> InSegment:
    return InSegment(segment=key)


def refusal(condition: Condition, book: Book, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        expand(condition, book, **more)
    return [(one.path, one.message) for one in caught.value.findings]


def test_segments_lists_and_stages_are_put_in() -> None:
    book = Book(
        segments={"a": All(conditions=(A, in_segment("b"))), "b": B, "upload": None},
        approaches={"way": STAGES},
    )
    stage = InStage(approach="way", stages=("second",))
    has_been = HasBeen(condition=in_segment("a"), days=3)

    assert expand(in_segment("a"), book) == All(conditions=(A, B))
    assert expand(Not(condition=in_segment("upload")), book) == Not(condition=Listed(segment="upload"))
    assert expand(stage, book) == All(conditions=(B, Not(condition=A)))
    assert expand(InStage(approach="way", stages=("rest", "first")), book) == Either(
        conditions=(All(conditions=(Not(condition=A), Not(condition=B))), A)
    )
    assert expand(has_been, book) == has_been
    assert expand(C, Book()) == C


def test_an_unknown_key_is_named_with_those_that_are_known() -> None:
    book = Book(segments={"a": in_segment("gone"), "b": B}, approaches={"way": STAGES})
    asked = All(
        conditions=(in_segment("x"), Not(condition=InStage(approach="way", stages=("no",))), in_segment("a"))
    )

    assert refusal(asked, book) == [
        ("conditions[0].segment", "There is no live segment 'x'. Live are a, b."),
        ("conditions[1].condition.stages", "way has no stage 'no'; it has first, second, rest."),
        ("conditions[2].segment", "In a: There is no live segment 'gone'. Live are a, b."),
    ]
    assert refusal(InStage(approach="x", stages=("no",)), Book())[0][0] == "approach"


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_circle_is_shown_whole(*, wrapped: bool) -> None:
    back: Condition = in_segment("a")
    if wrapped:
        back = HasBeen(condition=back, days=3)
    book = Book(segments={"a": in_segment("b"), "b": All(conditions=(C, back))})

    ((path, message),) = refusal(in_segment("b"), book, of="segment/a")

    assert path == "segment"
    assert "a → b → a" in message


def test_an_approach_that_asks_a_segment_that_asks_it_is_a_circle() -> None:
    ask = InStage(approach="way", stages=("first",))
    book = Book(segments={"s": ask}, approaches={"way": (("first", in_segment("s")), ("rest", EVERYBODY))})

    ((_, message),) = refusal(in_segment("s"), book)

    assert "s → way → s" in message


def test_a_segment_and_an_approach_of_one_key_are_two_things() -> None:
    ask = InStage(approach="rfm", stages=("first",))
    book = Book(segments={"rfm": ask}, approaches={"rfm": STAGES})

    assert expand(in_segment("rfm"), book) == expand(ask, book, of="segment/rfm") == A
    around = Book(segments={"rfm": ask}, approaches={"rfm": (("first", in_segment("rfm")), *STAGES[1:])})
    assert "rfm → rfm → rfm" in refusal(in_segment("rfm"), around)[0][1]


def test_stays_that_are_measured_are_named_and_lead_round_like_others() -> None:
    seen = Measured(of="stay", name="a", value=3)
    left = NotFollowed(
        first=Step(of="stay", name="way.first"), then=Step(of="stay", name="a"), within_hours=9
    )
    asked = All(conditions=(seen, left, Measured(of="event", name="a")))

    assert [(one.kind, one.key, one.path) for one in uses(asked)] == [
        ("segment", "a", "conditions[0].name"),
        ("segmentation", "way", "conditions[1].first.name"),
        ("segment", "a", "conditions[1].then.name"),
    ]
    assert expand(asked, Book(segments={"a": B})) == asked  # What is not live any more has had stays.
    ((path, message),) = refusal(in_segment("b"), Book(segments={"a": in_segment("b"), "b": seen}))
    assert path == "segment" and "b → a → b" in message


def test_size_counts_after_everything_is_put_in() -> None:
    doubling: dict[str, Condition | None] = {"s0": A}
    for n in range(1, 40):
        doubling[f"s{n}"] = All(conditions=(in_segment(f"s{n - 1}"), Not(condition=in_segment(f"s{n - 1}"))))
    row: dict[str, Condition | None] = {"s0": A} | {f"s{n}": in_segment(f"s{n - 1}") for n in range(1, 2000)}

    assert "200 questions" in refusal(in_segment("s8"), Book(segments=doubling))[0][1]
    assert "questions" in refusal(in_segment("s30"), Book(segments=doubling))[0][1]
    assert "32 deep" in refusal(in_segment("s1999"), Book(segments=row))[0][1]
    assert expand(in_segment("s30"), Book(segments=row)) == A

    deep: Condition = A
    for _ in range(30):
        deep = Not(condition=deep)
    book = Book(segments={"a": deep, "b": Not(condition=Not(condition=in_segment("a")))})
    assert "32 levels" in refusal(in_segment("b"), book)[0][1]


def test_what_it_names_is_given_with_its_place() -> None:
    asked = All(
        conditions=(
            in_segment("a"), Not(condition=InStage(approach="way", stages=("first",))),
            HasBeen(condition=in_segment("b"), days=2), A,
        )
    )  # fmt: skip

    assert [(one.kind, one.key, one.path) for one in uses(asked, "condition")] == [
        ("segment", "a", "condition.conditions[0].segment"),
        ("segmentation", "way", "condition.conditions[1].condition.approach"),
        ("segment", "b", "condition.conditions[2].condition.segment"),
    ]


def test_what_can_change_its_answer_is_given_by_event_trait_and_order() -> None:
    asked = Either(
        conditions=(
            Measured(of="event", name="Viewed", window=Since(trait="start")),
            Measured(of="event"),
            Not(condition=Measured(of="order_line")),
            TraitEquals(trait="city", value="x"),
            Wished(wish="pause"),
        )
    )

    assert touches(asked) == {
        Touch(kind="event", name="Viewed"),
        Touch(kind="event", name="*"),
        Touch(kind="trait", name="start"),
        Touch(kind="order"),
        Touch(kind="trait", name="city"),
        Touch(kind="wish"),
    }

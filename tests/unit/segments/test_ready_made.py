"""What comes along ready-made keeps the rules, covers everybody where it must, and reads."""

import pytest

import regulars.app  # noqa: F401 - registers what conditions ask of points
from regulars.segments import APPROACHES, LIFECYCLE, SCORINGS, SEGMENTS, STAGE_SEGMENTS
from regulars.segments.bare_kinds import segment_sentence, segmentation_sentence
from regulars.segments.scoring import scoring_sentence, validate_scoring
from regulars.segments.scoring_body import ScoringBody
from regulars.segments.validating import validate_segment, validate_segmentation


class Nothing:
    def live(self, kind: object, key: str) -> None:
        return None

    def has(self, ref: object) -> bool:
        return False


def test_it_has_the_seven_stages_and_covers_everybody() -> None:
    assert sorted(STAGE_SEGMENTS) == ["active", "at-risk", "lapsed", "loyal", "new", "prospect", "won-back"]
    assert LIFECYCLE.covers_everybody
    assert validate_segmentation(LIFECYCLE, Nothing()) == []


def test_it_reads_as_a_sentence() -> None:
    words = segmentation_sentence(LIFECYCLE)

    assert words.startswith(
        "The first that holds of Prospect: never bought; New: first bought less than 28 days"
    )
    assert segment_sentence(STAGE_SEGMENTS["new"]) == "Everybody in the stage new of lifecycle"


@pytest.mark.parametrize("key", sorted(APPROACHES))
def test_every_approach_covers_everybody(key: str) -> None:
    body = APPROACHES[key]

    assert body.covers_everybody
    assert validate_segmentation(body, Nothing()) == []
    assert len({stage.key for stage in body.stages}) == len(body.stages)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("never-bought", "never bought"),
        ("engaged-30", "did anything in the last 30 days or bought in the last 30 days"),
        ("vip", "has score “value-tiers” whose group is “top-5”"),
        ("off-rhythm", "has not bought for more than 2 times their usual gap (seen in at least 4 orders)"),
        (
            "category-affinity",
            "bought at least 3 products whose category is “SOFT DRINKS” in the last 365 days",
        ),
        (
            "discount-only",
            "(placed at least 2 orders whose discount is more than 0) and "  # noqa: ISC004
            "(never placed an order whose discount is at most 0)",
        ),
        (
            "unused-reward",
            "has at least 500 points to spend and never spent points in the last 90 days",
        ),
    ],
)
def test_every_segment_reads(key: str, words: str) -> None:
    assert all(validate_segment(body, Nothing()) == [] for body in SEGMENTS.values())

    assert words in segment_sentence(SEGMENTS[key])


def test_scorings_read_and_what_cannot_be_scored_is_refused() -> None:
    assert all(validate_scoring(body, Nothing()) == [] for body in SCORINGS.values())
    assert scoring_sentence(SCORINGS["value-tiers"]) == (
        "Scores who bought in USD in the last 365 days by tiers of value: best 5 %, best 20 %, best 50 %, "
        "the others."
    )
    wrong = ScoringBody(name="x", method="rfm", currency="usd", percents=(50, 20))
    assert [one.path for one in validate_scoring(wrong, Nothing())] == ["currency", "percents"]

"""The ready-made lifecycle keeps the rules of a segmentation."""

from regulars.segments import LIFECYCLE, STAGE_SEGMENTS
from regulars.segments.kinds import segment_sentence, segmentation_sentence, validate_segmentation


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

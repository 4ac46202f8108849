"""A stage whose key is somebody's number in a shop keeps it: others ask for the stage by it."""

import pytest

from regulars import definitions, segments
from regulars.access import SYSTEM
from regulars.conditions import EVERYBODY, InStage, TraitEquals
from regulars.segments import SegmentationBody, SegmentBody, Stage

from .marked import AT, USER, World, identify
from .test_many import ANNA, made, publish

__all__ = ["made"]


def approach(*, naming: bool) -> SegmentationBody:
    first = TraitEquals(trait="email", value=ANNA) if naming else TraitEquals(trait="plan", value="gold")
    return SegmentationBody(
        name="Circles",
        stages=(
            Stage(key=USER, name="Inner", condition=first),
            Stage(key="rest", name="Rest", condition=EVERYBODY),
        ),
    )


@pytest.mark.parametrize("naming", [True, False])
def test_stages_keep_their_keys_live_and_in_drafts(made: World, *, naming: bool) -> None:
    made.tell(identify(USER, email=ANNA))
    publish(made, segments.SEGMENTATION, "circles", approach(naming=naming))
    asks = SegmentBody(name="Asks", condition=InStage(approach="circles", stages=(USER,)))
    publish(made, segments.SEGMENT, "asks", asks)
    with made.database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, segments.SEGMENTATION, "drawn", approach(naming=naming), at=AT)
    made.app.catch_up(AT)

    done = made.erase()

    with made.database.transaction() as tx:
        for found in (
            definitions.live(tx, segments.SEGMENTATION, "circles"),
            definitions.draft(tx, segments.SEGMENTATION, "drawn"),
        ):
            assert found is not None
            assert [one.key for one in found.body.stages] == [USER, "rest"]
            said = str(found.body.stages[0].condition)
            assert ("erased" in said, ANNA in said) == (naming, False)
        sizes = {one.key for one in segments.sizes(tx)}
    assert {f"circles.{USER}", "circles.rest", "asks"} <= sizes
    assert done.taken_out == (["segmentation/circles"] if naming else [])
    assert "segment/asks" in done.stayed

"""What hinders a segment or an approach from going live."""

from regulars.conditions import Book, Condition, check, expand
from regulars.definitions import Lookup
from regulars.kernel import Finding, Invalid
from regulars.segments.bare_kinds import BARE_SEGMENT, BARE_SEGMENTATION
from regulars.segments.looking import COLUMNS_MAX, COLUMNS_OF_A_LEAF, columns_of, leaves_of
from regulars.segments.model import SegmentationBody, SegmentBody
from regulars.segments.nesting import segment_uses, segmentation_uses
from regulars.segments.plan import Live


def validate_segment(body: SegmentBody, lookup: Lookup) -> list[Finding]:
    given = (body.condition is not None, body.approach is not None or body.stage is not None, body.list)
    if sum(given) > 1:
        message = "Give one of a condition, an approach with its stage, and list; found more."
        return [Finding(path="condition", code="segments.both", message=message)]
    if body.list:
        return []
    if body.condition is not None:
        return check(body.condition, "condition") or _nested(body.condition, "condition", lookup)
    if body.approach is None or body.stage is None:
        message = "Give a condition, or the approach and the stage that the segment stands for, or say list."
        return [Finding(path="condition", code="segments.neither", message=message)]
    approach = lookup.live(BARE_SEGMENTATION, body.approach)
    if approach is not None and body.stage not in {stage.key for stage in approach.stages}:
        known = ", ".join(stage.key for stage in approach.stages)
        message = f"{body.approach} has no stage {body.stage!r}; it has {known}."
        return [Finding(path="stage", code="segments.no_such_stage", message=message)]
    return []


def validate_segmentation(body: SegmentationBody, lookup: Lookup) -> list[Finding]:
    """Every stage readable, keys once, and the last for everybody, so that nobody is left over."""
    found: list[Finding] = []
    keys = [stage.key for stage in body.stages]
    for place, stage in enumerate(body.stages):
        path = f"stages[{place}].condition"
        found += check(stage.condition, path) or _nested(stage.condition, path, lookup)
        if not stage.key or "." in stage.key or keys.index(stage.key) != place:
            message = f"Each stage has a key of its own without a point; found {stage.key!r}."
            found.append(Finding(path=f"stages[{place}].key", code="segments.stage_key", message=message))
    if not body.covers_everybody:
        message = "The last stage takes everybody else: give it the condition {is: all, conditions: []}."
        found.append(Finding(path="stages", code="segments.not_everybody", message=message))
    return found or _too_many(body, lookup)


def _too_many(body: SegmentationBody, lookup: Lookup) -> list[Finding]:
    """The stages are asked in one statement, which has room for so much."""
    asked = [SegmentBody(name="", condition=stage.condition) for stage in body.stages]
    try:
        conditions = [expand(one.condition, book_around(one, lookup)) for one in asked if one.condition]
    except Invalid:  # Said by the definitions room.
        return []
    leaves = {leaf for condition in conditions for leaf in leaves_of(condition)}
    if columns_of(leaves, len(conditions)) <= COLUMNS_MAX:
        return []
    message = (
        f"The stages ask {len(leaves):,} different questions together, more than can be asked at once (about "
        f"{COLUMNS_MAX // COLUMNS_OF_A_LEAF}, fewer with filters). Ask fewer, or divide the approach."
    )
    return [Finding(path="stages", code="segments.too_many", message=message)]


def _nested(condition: Condition, path: str, lookup: Lookup) -> list[Finding]:
    """Circles, and what is too large once what it names is put in.

    The definitions room lets `lookup` find the body itself under its own key, so that a circle shows.
    """
    try:
        expand(condition, book_around(SegmentBody(name="", condition=condition), lookup))
    except Invalid as wrong:
        return [
            Finding(path=f"{path}.{one.path}" if one.path else path, code=one.code, message=one.message)
            for one in wrong.findings
            # What is not live, the definitions room says; of a live approach it does not know the stages.
            if one.code != "conditions.unknown" or one.path.endswith("stages")
        ]
    return []


def book_around(body: SegmentBody, lookup: Lookup) -> Book:
    """What a body names, and what that names: no more of all there is."""
    segments: dict[str, SegmentBody] = {}
    approaches: dict[str, SegmentationBody] = {}
    waiting = segment_uses(body)
    while waiting:
        ref = waiting.pop()
        if ref.kind == "segment" and ref.key not in segments:
            named = lookup.live(BARE_SEGMENT, ref.key)
            if named is not None:
                segments[ref.key] = named
                waiting += segment_uses(named)
        elif ref.kind == "segmentation" and ref.key not in approaches:
            divided = lookup.live(BARE_SEGMENTATION, ref.key)
            if divided is not None:
                approaches[ref.key] = divided
                waiting += segmentation_uses(divided)
    return Live(segments=segments, approaches=approaches).book()

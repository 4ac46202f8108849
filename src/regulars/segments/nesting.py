"""Which segments and approaches a body asks, at which place, and by way of which others."""

from collections.abc import Mapping

from regulars.conditions import Condition, uses
from regulars.definitions import Ref
from regulars.segments.model import SegmentationBody, SegmentBody
from regulars.segments.score_source import scorings_named


def asked_in(condition: Condition, path: str) -> list[Ref]:
    named = [Ref(kind=one.kind, key=one.key, path=one.path) for one in uses(condition, path)]
    return named + [
        Ref(kind="scoring", key=key, path=place) for key, place in scorings_named(condition, path)
    ]


def segment_uses(body: SegmentBody) -> list[Ref]:
    if body.condition is not None:
        return asked_in(body.condition, "condition")
    return [Ref(kind="segmentation", key=body.approach, path="approach")] if body.approach else []


def segmentation_uses(body: SegmentationBody) -> list[Ref]:
    return [
        ref
        for place, stage in enumerate(body.stages)
        for ref in asked_in(stage.condition, f"stages[{place}].condition")
    ]


def all_uses(
    segments: Mapping[str, SegmentBody], approaches: Mapping[str, SegmentationBody]
) -> dict[str, frozenset[str]]:
    """By name as segment/vip, the names of all it asks, by way of others too."""
    direct = {
        f"segment/{key}": {f"{r.kind}/{r.key}" for r in segment_uses(body)} for key, body in segments.items()
    } | {
        f"segmentation/{key}": {f"{r.kind}/{r.key}" for r in segmentation_uses(body)}
        for key, body in approaches.items()
    }
    return {name: frozenset(_reached(name, direct)) for name in direct}


def _reached(name: str, direct: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    frontier = set(direct[name])
    while frontier:
        reached |= frontier
        frontier = {one for used in frontier for one in direct.get(used, ())} - reached
    return reached

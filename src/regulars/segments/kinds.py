"""The two kinds of definition this room owns, and what publishing and retiring one does."""

from dataclasses import replace
from datetime import datetime

import msgspec

from regulars.access import Actor
from regulars.db import Tx
from regulars.definitions import Definition
from regulars.segments.bare_kinds import BARE_SEGMENT, BARE_SEGMENTATION
from regulars.segments.model import SegmentationBody, SegmentBody
from regulars.segments.nesting import segment_uses, segmentation_uses
from regulars.segments.previewing import preview_segment, preview_segmentation
from regulars.segments.recomputing import changed
from regulars.segments.refused import forget_discarded
from regulars.segments.validating import validate_segment, validate_segmentation

LATER = "everybody is asked within minutes"


def launch_segment(tx: Tx, definition: Definition[SegmentBody], _actor: Actor, at: datetime) -> str:
    """Everybody is asked at once, or soon where the log is long."""
    changes = changed(tx, {definition.name}, at)
    if changes.later:
        return f"{definition.title} is live: {LATER}."
    come, gone = changes.entered.get(definition.key, 0), changes.departed.get(definition.key, 0)
    return f"{definition.title} is live: {come:,} customers entered, {gone:,} left."


def launch_segmentation(tx: Tx, definition: Definition[SegmentationBody], _actor: Actor, at: datetime) -> str:
    changes = changed(tx, {definition.name}, at)
    later = f"; {LATER}" if changes.later else ""
    return f"{definition.title} is live with {len(definition.body.stages)} stages{later}."


def retire(
    tx: Tx, definition: Definition[SegmentBody] | Definition[SegmentationBody], _actor: Actor, at: datetime
) -> None:
    """Whoever is in leaves."""
    changed(tx, {definition.name}, at)


def stage_keys_kept(before: SegmentationBody, after: SegmentationBody) -> SegmentationBody:
    """Others ask for stages by their keys, and stays are kept by them."""
    stages = tuple(
        msgspec.structs.replace(stage, key=was.key)
        for stage, was in zip(after.stages, before.stages, strict=True)
    )
    return msgspec.structs.replace(after, stages=stages)


SEGMENT = replace(
    BARE_SEGMENT,
    validate=validate_segment,
    uses=segment_uses,
    preview=preview_segment,
    launch=launch_segment,
    retire=retire,
    discarded=forget_discarded,
)
SEGMENTATION = replace(
    BARE_SEGMENTATION,
    validate=validate_segmentation,
    uses=segmentation_uses,
    preview=preview_segmentation,
    launch=launch_segmentation,
    retire=retire,
    names_kept=stage_keys_kept,
)

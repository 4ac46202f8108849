"""Segments: who is in which, computed together, kept over time, with the ready-made lifecycle."""

from regulars.segments.erasing import erase, held
from regulars.segments.events import EVENTS
from regulars.segments.following import follow
from regulars.segments.history import (
    Member,
    Size,
    SizeAt,
    Stay,
    Why,
    members,
    size_over_time,
    sizes,
    stays,
    was_member,
    why,
)
from regulars.segments.kinds import SEGMENT, SEGMENTATION, Shift, refresh, shift_of
from regulars.segments.model import SegmentationBody, SegmentBody, Stage, stage_key
from regulars.segments.ready_made import LIFECYCLE, STAGE_SEGMENTS
from regulars.segments.recomputing import Changes

__all__ = [
    "EVENTS",
    "LIFECYCLE",
    "SEGMENT",
    "SEGMENTATION",
    "STAGE_SEGMENTS",
    "Changes",
    "Member",
    "SegmentBody",
    "SegmentationBody",
    "Shift",
    "Size",
    "SizeAt",
    "Stage",
    "Stay",
    "Why",
    "erase",
    "follow",
    "held",
    "members",
    "refresh",
    "shift_of",
    "size_over_time",
    "sizes",
    "stage_key",
    "stays",
    "was_member",
    "why",
]

"""Segments: who is in which, kept with the log and as time passes; lists; the ready-made lifecycle."""

from regulars.segments.erasing import erase, held
from regulars.segments.events import EVENTS
from regulars.segments.fact_sources import SOURCES
from regulars.segments.following import follow
from regulars.segments.history import (
    Member,
    Movement,
    Size,
    SizeAt,
    Stay,
    Way,
    Why,
    members,
    movements,
    size_over_time,
    sizes,
    stays,
    was_member,
    why,
)
from regulars.segments.kinds import SEGMENT, SEGMENTATION
from regulars.segments.listing import (
    Entry,
    Identified,
    ListChange,
    add_identifiers,
    add_to_list,
    end_due_entries,
    identify,
    list_entries,
    remove_from_list,
    remove_identifiers,
)
from regulars.segments.model import SegmentationBody, SegmentBody, Stage, stage_key
from regulars.segments.plan import live_definitions
from regulars.segments.previewing import Shift, shift_of
from regulars.segments.putting_off import ask_put_off
from regulars.segments.reader import READER
from regulars.segments.ready_made import LIFECYCLE, STAGE_SEGMENTS
from regulars.segments.recomputing import Changes, refresh
from regulars.segments.snapshots import Snapshot, SnapshotTaken, snapshot
from regulars.segments.sweeping import Freshness, Sweep, freshness, freshness_sentence, sweep, sweeps
from regulars.segments.trait_kinds import followed_by_segments
from regulars.segments.uploads import ReadList, read_list
from regulars.segments.waking import wake_due

__all__ = [
    "EVENTS",
    "LIFECYCLE",
    "READER",
    "SEGMENT",
    "SEGMENTATION",
    "SOURCES",
    "STAGE_SEGMENTS",
    "Changes",
    "Entry",
    "Freshness",
    "Identified",
    "ListChange",
    "Member",
    "Movement",
    "ReadList",
    "SegmentBody",
    "SegmentationBody",
    "Shift",
    "Size",
    "SizeAt",
    "Snapshot",
    "SnapshotTaken",
    "Stage",
    "Stay",
    "Sweep",
    "Way",
    "Why",
    "add_identifiers",
    "add_to_list",
    "ask_put_off",
    "end_due_entries",
    "erase",
    "follow",
    "followed_by_segments",
    "freshness",
    "freshness_sentence",
    "held",
    "identify",
    "list_entries",
    "live_definitions",
    "members",
    "movements",
    "read_list",
    "refresh",
    "remove_from_list",
    "remove_identifiers",
    "shift_of",
    "size_over_time",
    "sizes",
    "snapshot",
    "stage_key",
    "stays",
    "sweep",
    "sweeps",
    "wake_due",
    "was_member",
    "why",
]

"""Segments: who is in which, kept with the log and as time passes; lists; the ready-made lifecycle."""

from regulars.segments.approach_figures import (
    ApproachFigures,
    Migration,
    Moved,
    StageFigure,
    approach_body,
    approach_figures,
    count_approaches,
    eta_squared,
    migration,
)
from regulars.segments.erasing import ask_written_over, erase, held
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
    CUSTOMER_ID,
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
from regulars.segments.nesting import asked_in
from regulars.segments.plan import live_definitions
from regulars.segments.portions import Now, change_list
from regulars.segments.previewing import Shift, shift_of
from regulars.segments.putting_off import ask_again, ask_put_off
from regulars.segments.reader import READER
from regulars.segments.ready_made import LIFECYCLE, STAGE_SEGMENTS
from regulars.segments.ready_made_approaches import APPROACHES, SCORINGS
from regulars.segments.ready_made_segments import SEGMENTS
from regulars.segments.recomputing import Changes, look_at, refresh
from regulars.segments.remembering import events_looked_at
from regulars.segments.score_clusters import (
    Fitted,
    fit,
    means_in_words,
    typical,
    words_of_centres,
)
from regulars.segments.score_groups import CELLS, REST, RFM_GROUPS, Group, group_at
from regulars.segments.score_nights import count_figures, count_nightly, score_everybody
from regulars.segments.scores import (
    GroupAt,
    ScoreTotal,
    first_scored,
    fitted,
    last_scored,
    totals,
    totals_over_time,
)
from regulars.segments.scoring import SCORING
from regulars.segments.scoring_body import ScoringBody
from regulars.segments.snapshots import Snapshot, SnapshotTaken, snapshot
from regulars.segments.source_kinds import asked_anew
from regulars.segments.sweeping import (
    Freshness,
    Sweep,
    ask_traits,
    freshness,
    freshness_sentence,
    sweep,
    sweeps,
)
from regulars.segments.trait_kinds import followed_by_segments
from regulars.segments.uploads import ReadList, read_list
from regulars.segments.waking import wake_due

__all__ = [
    "APPROACHES",
    "CELLS",
    "CUSTOMER_ID",
    "EVENTS",
    "LIFECYCLE",
    "READER",
    "REST",
    "RFM_GROUPS",
    "SCORING",
    "SCORINGS",
    "SEGMENT",
    "SEGMENTATION",
    "SEGMENTS",
    "SOURCES",
    "STAGE_SEGMENTS",
    "ApproachFigures",
    "Changes",
    "Entry",
    "Fitted",
    "Freshness",
    "Group",
    "GroupAt",
    "Identified",
    "ListChange",
    "Member",
    "Migration",
    "Moved",
    "Movement",
    "Now",
    "ReadList",
    "ScoreTotal",
    "ScoringBody",
    "SegmentBody",
    "SegmentationBody",
    "Shift",
    "Size",
    "SizeAt",
    "Snapshot",
    "SnapshotTaken",
    "Stage",
    "StageFigure",
    "Stay",
    "Sweep",
    "Way",
    "Why",
    "add_identifiers",
    "add_to_list",
    "approach_body",
    "approach_figures",
    "ask_again",
    "ask_put_off",
    "ask_traits",
    "ask_written_over",
    "asked_anew",
    "asked_in",
    "change_list",
    "count_approaches",
    "count_figures",
    "count_nightly",
    "end_due_entries",
    "erase",
    "eta_squared",
    "events_looked_at",
    "first_scored",
    "fit",
    "fitted",
    "follow",
    "followed_by_segments",
    "freshness",
    "freshness_sentence",
    "group_at",
    "held",
    "identify",
    "last_scored",
    "list_entries",
    "live_definitions",
    "look_at",
    "means_in_words",
    "members",
    "migration",
    "movements",
    "read_list",
    "refresh",
    "remove_from_list",
    "remove_identifiers",
    "score_everybody",
    "shift_of",
    "size_over_time",
    "sizes",
    "snapshot",
    "stage_key",
    "stays",
    "sweep",
    "sweeps",
    "totals",
    "totals_over_time",
    "typical",
    "wake_due",
    "was_member",
    "why",
    "words_of_centres",
]

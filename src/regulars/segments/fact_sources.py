"""What conditions can ask of this room: stays in segments and stages, as they were seen, and lists."""

from regulars.conditions import Column, Source
from regulars.segments.score_source import SCORE

STAY = Source(
    name="stay",
    title="stays in segments",
    one="stay in a segment",
    verb="entered",
    rows="select customer_id, entered_at as at, segment_key as name, left_at, approach_key as approach, "
    "stage from segments.fact_membership",
    by_atom=True,
    columns={
        "left_at": Column(type="instant", title="end"),
        "approach": Column(type="text", title="approach"),
        "stage": Column(type="text", title="stage"),
    },
    has_name=True,
    touched_by=("regulars.segments.entered", "regulars.segments.left"),
)
LIST = Source(
    name="list",
    title="lists",
    one="list",
    instead="{is: in_segment, segment: the list's key}",
    verb="was put on",
    rows="select atom_id as customer_id, added_at as at, segment_key as name, until "
    "from segments.fact_list_entry",
    by_atom=True,
    columns={"until": Column(type="instant", title="end")},
    has_name=True,
)
SOURCES = (STAY, LIST, SCORE)

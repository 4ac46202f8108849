"""What publishing a segment or an approach would do."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from regulars import access
from regulars.conditions import Condition, compile_conditions, expand
from regulars.db import Tx, maybe, one, rows, value
from regulars.definitions import Definition, Preview
from regulars.segments.bare_kinds import segment_sentence
from regulars.segments.history import Found
from regulars.segments.model import SegmentationBody, SegmentBody
from regulars.segments.plan import live_definitions
from regulars.segments.remembering import past_warnings
from regulars.segments.statements import LISTS, SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    members: int
    entering: int
    leaving: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSize:
    place: int | None
    members: int


def preview_segment(tx: Tx, definition: Definition[SegmentBody], at: datetime) -> Preview:
    body = definition.body
    if body.list:
        entries = value(tx, LISTS.entries_of, key=definition.key)
        return Preview(headline=f"{segment_sentence(body)}: {entries:,} now.")
    if body.condition is None:
        return Preview(headline=segment_sentence(body))
    shift = shift_of(tx, definition.key, body, at)
    return Preview(
        headline=f"{shift.members:,} customers match now: {segment_sentence(body)}.",
        facts=(
            ("Match now", f"{shift.members:,}"),
            ("Would enter", f"{shift.entering:,}"),
            ("Would leave", f"{shift.leaving:,}"),
        ),
        warnings=past_warnings(tx, [body.condition]),
    )


def shift_of(tx: Tx, key: str, body: SegmentBody, at: datetime) -> Shift:
    """Who matches a body with a condition at an instant, against who is in the segment now."""
    known = maybe(tx, SQL.find, Found, key=key)
    assert body.condition is not None
    compiled = compile_conditions([_expanded(tx, body.condition, f"segment/{key}")], at, zone=access.zone(tx))
    query = sql.SQL(
        "select count(*) filter (where c0) as members, "
        "count(*) filter (where c0 and present.customer_id is null) as entering, "
        "count(*) filter (where not c0 and present.customer_id is not null) as leaving "
        "from ({}) as answer left join (select customer_id from segments.membership "
        "where segment_id = %(known)s::integer and left_at is null) as present using (customer_id)"
    ).format(compiled.query)
    return one(tx, query, Shift, known=known.segment_id if known else None, **compiled.params)


def preview_segmentation(tx: Tx, definition: Definition[SegmentationBody], at: datetime) -> Preview:
    stages = definition.body.stages
    asked = [_expanded(tx, stage.condition, f"segmentation/{definition.key}") for stage in stages]
    compiled = compile_conditions(asked, at, zone=access.zone(tx))
    place = sql.SQL(" ").join(
        sql.SQL("when {} then {}").format(sql.Identifier(f"c{n}"), sql.Literal(n)) for n in range(len(stages))
    )
    query = sql.SQL(
        "select case {} end as place, count(*)::integer as members from ({}) as answer group by 1"
    ).format(place, compiled.query)
    sizes = {row.place: row.members for row in rows(tx, query, StageSize, **compiled.params)}
    return Preview(
        headline=f"{sum(sizes.values()):,} customers are divided into {len(stages)} stages.",
        facts=tuple((stage.name, f"{sizes.get(n, 0):,}") for n, stage in enumerate(stages)),
        warnings=past_warnings(tx, [stage.condition for stage in stages]),
    )


def _expanded(tx: Tx, condition: Condition, name: str) -> Condition:
    return expand(condition, live_definitions(tx).book(), of=name)

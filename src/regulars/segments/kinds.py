"""The two kinds of definition this room owns, what publishing them does, and what it would do."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from regulars import definitions
from regulars.access import Actor
from regulars.conditions import check, compile_conditions, sentence
from regulars.customers import hold
from regulars.db import Tx, maybe, one, rows
from regulars.definitions import Definition, Kind, Lookup, Preview, Ref
from regulars.kernel import Finding
from regulars.segments.model import SegmentationBody, SegmentBody
from regulars.segments.recomputing import Changes, Live, recompute
from regulars.segments.statements import SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    segment_key: str
    segment_id: int
    title: str
    approach_key: str | None
    stage: str | None
    counted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    members: int
    entering: int
    leaving: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSize:
    place: int | None
    members: int


def segment_sentence(body: SegmentBody) -> str:
    if body.condition is not None:
        return f"Everybody who {sentence(body.condition)}" if _is_verb(body) else sentence(body.condition)
    return f"Everybody in the stage {body.stage} of {body.approach}"


def _is_verb(body: SegmentBody) -> bool:
    # A sentence about everybody or about a trait's value does not follow "who".
    words = sentence(body.condition) if body.condition else ""
    return words.split(" ")[0] in {"bought", "spent", "last", "first", "came", "never", "did", "has"}


def segmentation_sentence(body: SegmentationBody) -> str:
    """Each stage with its rule, in order."""
    rules = "; ".join(f"{stage.name}: {sentence(stage.condition)}" for stage in body.stages)
    return f"The first that holds of {rules}"


def validate_segment(body: SegmentBody, lookup: Lookup) -> list[Finding]:
    if body.condition is not None:
        if body.approach is not None or body.stage is not None:
            message = "Give either a condition, or an approach and a stage."
            return [Finding(path="condition", code="segments.both", message=message)]
        return check(body.condition, "condition")
    if body.approach is None or body.stage is None:
        message = "Give a condition, or the approach and the stage that the segment stands for."
        return [Finding(path="condition", code="segments.neither", message=message)]
    approach = lookup.live(SEGMENTATION, body.approach)
    if approach is not None and body.stage not in {stage.key for stage in approach.stages}:
        known = ", ".join(stage.key for stage in approach.stages)
        message = f"{body.approach} has no stage {body.stage!r}; it has {known}."
        return [Finding(path="stage", code="segments.no_such_stage", message=message)]
    return []


def validate_segmentation(body: SegmentationBody, _lookup: Lookup) -> list[Finding]:
    """Every stage readable, keys once, and the last for everybody, so that nobody is left over."""
    found: list[Finding] = []
    keys = [stage.key for stage in body.stages]
    for place, stage in enumerate(body.stages):
        found += check(stage.condition, f"stages[{place}].condition")
        if not stage.key or "." in stage.key or keys.index(stage.key) != place:
            message = f"Each stage has a key of its own without a point; found {stage.key!r}."
            found.append(Finding(path=f"stages[{place}].key", code="segments.stage_key", message=message))
    if not body.covers_everybody:
        message = "The last stage takes everybody else: give it the condition {is: all, conditions: []}."
        found.append(Finding(path="stages", code="segments.not_everybody", message=message))
    return found


def preview_segment(tx: Tx, definition: Definition[SegmentBody], at: datetime) -> Preview:
    body = definition.body
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
    )


def shift_of(tx: Tx, key: str, body: SegmentBody, at: datetime) -> Shift:
    """Who matches a body with a condition at an instant, against who is in the segment now."""
    known = maybe(tx, SQL.find, Found, key=key)
    assert body.condition is not None
    compiled = compile_conditions([body.condition], at)
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
    compiled = compile_conditions([stage.condition for stage in stages], at)
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
    )


def live_definitions(tx: Tx) -> Live:
    return Live(
        segments={found.key: found.body for found in definitions.all_live(tx, SEGMENT)},
        approaches={found.key: found.body for found in definitions.all_live(tx, SEGMENTATION)},
    )


def refresh(tx: Tx, at: datetime) -> Changes:
    """Bring every live segment to an instant, all in one pass; entering and leaving are told to the log.

    An instant before the last refresh counts as the last one: stays never end before they begin.
    """
    hold(tx)
    return recompute(tx, live_definitions(tx), at)


def launch_segment(tx: Tx, definition: Definition[SegmentBody], _actor: Actor, at: datetime) -> str:
    changes = refresh(tx, at)
    come, gone = changes.entered.get(definition.key, 0), changes.departed.get(definition.key, 0)
    return f"{definition.title} is live: {come:,} customers entered, {gone:,} left."


def launch_segmentation(tx: Tx, definition: Definition[SegmentationBody], _actor: Actor, at: datetime) -> str:
    refresh(tx, at)
    return f"{definition.title} is live with {len(definition.body.stages)} stages."


def retire(
    tx: Tx, _definition: Definition[SegmentBody] | Definition[SegmentationBody], _actor: Actor, at: datetime
) -> None:
    refresh(tx, at)


SEGMENT = Kind(
    name="segment",
    title="Segment",
    plural="Segments",
    body=SegmentBody,
    sentence=segment_sentence,
    validate=validate_segment,
    uses=lambda body: [Ref(kind="segmentation", key=body.approach, path="approach")] if body.approach else [],
    preview=preview_segment,
    launch=launch_segment,
    retire=retire,
)
SEGMENTATION = Kind(
    name="segmentation",
    title="Segmentation",
    plural="Segmentations",
    body=SegmentationBody,
    sentence=segmentation_sentence,
    validate=validate_segmentation,
    preview=preview_segmentation,
    launch=launch_segmentation,
    retire=retire,
)

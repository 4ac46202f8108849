"""The list of segments: each approach with its stages, who moved between them, and all other segments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from starlette.responses import Response

from regulars import access, definitions, insights, segments
from regulars.access import Actor
from regulars.app import App
from regulars.console.chart_files import chart_file
from regulars.console.charts import Chart
from regulars.console.console import pages
from regulars.console.frame import Found
from regulars.console.parts import Column, Tab, Tone
from regulars.console.ready_made import Start, starts
from regulars.console.segments.places import places
from regulars.console.segments.stages import Part, composition, histories, parts, ranked
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.insights import PassageTotal
from regulars.kernel import NotFound, day_bounds, fold, local_day
from regulars.segments import SEGMENT, SEGMENTATION, SegmentationBody, SegmentBody, Size

router = pages()
SINCE = (7, 28, 91)
SPARK_WEEKS = 13
SEGMENT_COLUMNS = (
    Column(title="Segment"),
    Column(title="Who"),
    Column(title="Customers", numeric=True),
    Column(title="13 weeks", numeric=True),
    Column(title="Came", numeric=True),
    Column(title="Went", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    href: str
    title: str
    sentence: str
    members: int
    series: tuple[float, ...]
    came: int
    went: int
    state: str = ""  # What is said beside the name: a list, a draft.
    tone_of_state: Tone = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    key: str
    title: str
    text: str
    everybody: int
    bar: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentList:
    places: tuple[Tab, ...]
    lists_only: bool
    approaches: tuple[Approach, ...]
    others: tuple[Row, ...]
    starts: tuple[Start, ...]  # Ready-made ones that are not there yet.
    freshness: str
    since: int
    choices: tuple[tuple[int, str], ...]
    may_draft: bool
    segment_columns: tuple[Column, ...] = SEGMENT_COLUMNS


@router.get("/segments")
def segment_list(visit: Visiting, since: int = SINCE[0], show: str = "") -> Response:
    access.require(visit.actor, "definitions.view")
    days = since if since in SINCE else SINCE[0]
    with visit.app.database.transaction() as tx:
        value = listed(tx, visit, days, lists_only=show == "lists")
    return page(visit, "segments/list.html", value)


def listed(tx: Tx, visit: Visit, days: int, *, lists_only: bool = False) -> SegmentList:
    at, zone = visit.app.now(tx), visit.app.zone
    sizes = segments.sizes(tx)
    start = since_of(at, days, zone)
    changes = insights.totals_since(tx, start)
    approaches = {found.key: found.body for found in definitions.all_live(tx, SEGMENTATION)}
    drafts = access.allows(visit.actor, "definitions.draft", kind=SEGMENT.name).outcome == "yes"
    return SegmentList(
        places=places("lists" if lists_only else "segments"),
        lists_only=lists_only,
        approaches=()
        if lists_only
        else tuple(
            _approach(key, body, sizes)
            for key, body in approaches.items()
            if any(size.approach == key for size in sizes)
        ),
        others=tuple(_others(tx, sizes, changes, zone, lists_only=lists_only)),
        starts=_starts(tx, visit) if drafts and not lists_only else (),
        freshness=segments.freshness_sentence(segments.freshness(tx, at)),
        since=days,
        choices=tuple((n, f"{n // 7} week{'' if n == 7 else 's'}") for n in SINCE),  # noqa: PLR2004 - days
        may_draft=drafts,
    )


def since_of(at: datetime, days: int, zone: str) -> datetime:
    """The local midnight some days before the instant."""
    return day_bounds(local_day(at, zone) - timedelta(days=days), zone)[0]


def _approach(key: str, body: SegmentationBody, sizes: Sequence[Size]) -> Approach:
    stages = ranked(sizes, key)
    return Approach(
        key=key,
        title=body.name,
        text=body.description,
        everybody=sum(stage.members for stage in stages),
        bar=parts(stages),
    )


def _others(
    tx: Tx, sizes: Sequence[Size], changes: Mapping[str, PassageTotal], zone: str, *, lists_only: bool
) -> list[Row]:
    """Segments with a rule of their own, lists, and drafts of either; the largest first."""
    bodies = {found.key: found.body for found in definitions.all_live(tx, SEGMENT)}
    own = [
        size
        for size in sizes
        if size.approach is None and size.key in bodies and (bodies[size.key].list or not lists_only)
    ]
    history = histories(tx, own, zone)
    rows = [
        replace(
            _row(
                size,
                f"/segments/{size.key}",
                bodies[size.key].description if bodies[size.key].list else rule_of(bodies[size.key]),
                changes.get(size.key),
                [count for _, count in history[size.key]],
            ),
            state="List" if bodies[size.key].list else "",
        )
        for size in sorted(own, key=lambda one: (-one.members, one.title))
    ]
    return rows + [row for row in _drafts(tx, bodies) if not lists_only or row.state == "List, a draft"]


def _drafts(tx: Tx, live: Mapping[str, SegmentBody]) -> list[Row]:
    """What is drafted and not live yet, the latest first."""
    heads = definitions.heads(tx, kind=SEGMENT.name, state="draft", limit=200).items
    waiting = sorted(
        (one for one in heads if one.key not in live), key=lambda one: one.changed_at, reverse=True
    )
    found = [definitions.draft(tx, SEGMENT, one.key) for one in waiting]
    return [
        Row(
            href=f"/segments/{one.key}",
            title=one.title,
            sentence=rule_of(one.body),
            members=0,
            series=(),
            came=0,
            went=0,
            state="List, a draft" if one.body.list else "Draft",
            tone_of_state="waiting",
        )
        for one in found
        if one is not None
    ]


def _starts(tx: Tx, visit: Visit) -> tuple[Start, ...]:
    """The ready-made segments that nobody took up yet."""
    there = {head.key for head in definitions.heads(tx, kind=SEGMENT.name, state="all", limit=200).items}
    every = starts(SEGMENT, visit.app.zone)
    return tuple(one for one in every if "condition" in one.body and one.key and one.key not in there)


def rule_of(body: SegmentBody) -> str:
    return SEGMENT.sentence(body)


def _row(
    size: Size,
    href: str,
    rule: str,
    change: PassageTotal | None,
    series: Sequence[int],
) -> Row:
    return Row(
        href=href,
        title=size.title,
        sentence="Everybody else" if rule == "everybody" else rule[:1].upper() + rule[1:],
        members=size.members,
        series=tuple(float(count) for count in series[-SPARK_WEEKS:]),
        came=change.came if change else 0,
        went=change.went if change else 0,
    )


@router.get("/segments/approaches/{key}/chart")
def approach_chart(visit: Visiting, key: str, format: str = "csv") -> Response:  # noqa: A002 - in the address
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        chart = approach_over_time(tx, key, visit.app.zone)
    return chart_file(chart, format)


def approach_over_time(tx: Tx, key: str, zone: str, *, href: str = "") -> Chart:
    """All stages of an approach over time; raises NotFound where it is not live."""
    stages = ranked(segments.sizes(tx), key)
    if not stages:
        raise NotFound(f"There is no live approach {key[:80]!r} that divides everybody into stages.")
    return composition(
        stages,
        histories(tx, stages, zone),
        key=f"{key}-over-time",
        title=f"Customers by {key} stage",
        at=stages[0].at,
        zone=zone,
        href=href,
    )


def find(app: App, actor: Actor, asked: str) -> list[Found]:
    """The segments that the palette offers for some words."""
    if access.allows(actor, "definitions.view").outcome != "yes":
        return []
    with app.database.transaction() as tx:
        sizes = [size for size in segments.sizes(tx) if size.approach is None or size.names_stage]
    return [
        Found(
            title=size.title,
            href=f"/segments/{size.key}",
            kind="Segment",
            icon="chart-pie",
            note=f"{size.members:,} customers",
        )
        for size in sizes
        if fold(asked) in fold(f"segment {size.title} {size.key}")
    ]

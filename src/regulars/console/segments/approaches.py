"""The ways customers are divided, compared: how large their stages are, and how well they part value."""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from regulars import access, definitions, segments
from regulars.console.charts import PERCENT, Bar, Chart, ranking
from regulars.console.console import pages
from regulars.console.parts import Column, Tab
from regulars.console.segments.places import places
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.segments import SCORING, SEGMENTATION, ApproachFigures

router = pages()
COLUMNS = (
    Column(title="Approach"),
    Column(title="Stages", numeric=True),
    Column(title="Customers", numeric=True),
    Column(title="Largest stage", numeric=True),
    Column(title="Parts value", numeric=True),
)
SCORING_COLUMNS = (Column(title="Scoring"), Column(title="How"), Column(title="Scored", numeric=True))
SEPARATES = (
    "The share of the variance of customers’ net revenue in the last 90 days that the stages explain in "
    "which they stood when these days began (eta squared). 0%: all stages bring the same; 100%: everybody in "
    "a stage does. "
    "An approach that asks for traits, consents or lists is compared once it was counted 90 days ago."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproachRow:
    key: str
    title: str
    text: str
    stages: int
    customers: int | None
    largest: float | None
    separates: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringRow:
    key: str
    title: str
    text: str
    scored_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A ready-made one that is not defined yet."""

    title: str
    text: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproachList:
    rows: tuple[ApproachRow, ...]
    scorings: tuple[ScoringRow, ...]
    offers: tuple[Offer, ...]
    chart: Chart | None
    definition: str
    places: tuple[Tab, ...] = places("approaches")
    counted_at: datetime | None
    may_count: bool
    columns: tuple[Column, ...] = COLUMNS
    scoring_columns: tuple[Column, ...] = SCORING_COLUMNS


@router.get("/segments/approaches")
def approach_list(visit: Visiting) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        value = _listed(tx, visit)
    return page(visit, "segments/approaches.html", value)


@router.post("/segments/approaches/count")
def count(visit: Visiting) -> Response:
    """Work the figures out now instead of at midnight."""
    access.require(visit.actor, "segments.draft")
    with visit.app.database.transaction() as tx:
        segments.count_figures(tx, visit.app.now(tx))
    return redirect(visit, "/segments/approaches", "The figures are counted anew.")


def _listed(tx: Tx, visit: Visit) -> ApproachList:
    figures = {one.key: one for one in segments.approach_figures(tx)}
    live = definitions.all_live(tx, SEGMENTATION)
    rows = tuple(_row(found.key, found.body, figures.get(found.key)) for found in live)
    scorings = definitions.all_live(tx, SCORING)
    return ApproachList(
        rows=tuple(sorted(rows, key=lambda row: -(row.separates if row.separates is not None else -1))),
        scorings=tuple(
            ScoringRow(
                key=found.key,
                title=found.body.name,
                text=SCORING.sentence(found.body),
                scored_at=segments.last_scored(tx, found.key),
            )
            for found in scorings
        ),
        offers=tuple(_offers({one.key for one in live}, {one.key for one in scorings})),
        chart=_chart(rows),
        definition=SEPARATES,
        counted_at=max((s.at for one in figures.values() for s in one.stages), default=None),
        may_count=access.allows(visit.actor, "segments.draft").outcome == "yes",
    )


def _row(key: str, body: segments.SegmentationBody, figures: ApproachFigures | None) -> ApproachRow:
    return ApproachRow(
        key=key,
        title=body.name,
        text=body.description,
        stages=len(body.stages),
        customers=figures.customers if figures else None,
        largest=figures.largest_share if figures else None,
        separates=figures.separates if figures else None,
    )


def _chart(rows: tuple[ApproachRow, ...]) -> Chart | None:
    known = sorted((row for row in rows if row.separates is not None), key=lambda row: -(row.separates or 0))
    if not any(row.separates for row in known):
        return None  # An axis without bars says no more than the table.
    return ranking(
        key="parts-value",
        title="How much of the revenue’s variance each approach explains",
        bars=[Bar(label=row.title, value=row.separates or 0) for row in known],
        unit=PERCENT,
        definition=SEPARATES,
        people=max((row.customers or 0) for row in known),
    )


def _offers(approaches: set[str], scorings: set[str]) -> list[Offer]:
    """What comes along and is not there yet: a scoring before the approach that stands on it."""
    ready = {"lifecycle": segments.LIFECYCLE, **segments.APPROACHES}
    missing = [
        Offer(
            title=f"Scoring: {body.name}",
            text=body.description,
            href=f"/definitions/new?kind=scoring&start={key}",
        )
        for key, body in segments.SCORINGS.items()
        if key not in scorings
    ]
    return missing + [
        Offer(
            title=body.name,
            text=body.description,
            href=f"/definitions/new?kind=segmentation&start={key}",
        )
        for key, body in ready.items()
        if key not in approaches and (key not in segments.SCORINGS or key in scorings)
    ]

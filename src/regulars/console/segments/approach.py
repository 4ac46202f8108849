"""One approach: its stages with what they bring, how it changed, and who moved between two days."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, segments
from regulars.conditions import sentence
from regulars.console.chart_files import chart_file
from regulars.console.charts import Bar, Chart, ranking
from regulars.console.console import pages
from regulars.console.formats import count_of, money, number, percent
from regulars.console.heat_charts import heat
from regulars.console.parts import Column, Figure
from regulars.console.segments.approaches import SEPARATES
from regulars.console.segments.drafting import both_drafts
from regulars.console.segments.overview import approach_over_time
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, Money, NotFound, day_bounds, local_day
from regulars.segments import ApproachFigures, Migration, SegmentationBody, Stage, StageFigure

router = pages()
YEARS = range(1900, 2300)
UNKNOWN, GONE = "Not yet known", "No longer there"
COLUMNS = (
    Column(title="Stage"),
    Column(title="Customers", numeric=True),
    Column(title="Share", numeric=True),
    Column(title="Bought", numeric=True),
    Column(title="Net revenue", numeric=True),
    Column(title="Mean", numeric=True),
    Column(title="Mean after", numeric=True),
    Column(title="Go on", hidden_title=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    key: str
    title: str
    text: str
    rule: str
    members: int
    share: float
    buyers: float | None
    value: str
    mean: str
    mean_after: str  # Of those who stood in it when the period began.
    segment_href: str
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    before: date
    after: date
    how: str
    chart: Chart | None
    stayed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproachPage:
    key: str
    title: str
    text: str
    figures: tuple[Figure, ...]
    rows: tuple[StageRow, ...]
    chart: Chart | None
    value_chart: Chart | None
    matrix: Matrix
    counted_at: datetime | None
    days: int
    definition: str
    columns: tuple[Column, ...] = COLUMNS


@router.get("/segments/approaches/{key}")
def approach(visit: Visiting, key: str, before: str = "", after: str = "") -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        value = _shown(tx, visit, key, before, after)
    return page(visit, "segments/approach.html", value)


@router.get("/segments/approaches/{key}/migration")
def migration_chart(
    visit: Visiting,
    key: str,
    before: str = "",
    after: str = "",
    format: str = "csv",  # noqa: A002 - in the address
) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        found = _matrix(tx, visit, key, segments.approach_body(tx, key), before, after)
    if found.chart is None:
        raise NotFound("Who stood where on these days is not known.")
    return chart_file(found.chart, format)


@router.post("/segments/approaches/{key}/campaign")
def campaign(visit: Visiting, key: str, stage: Annotated[str, Form()]) -> Response:
    """From a stage to a campaign draft, by way of a segment draft that stands for the stage."""
    with visit.app.database.transaction() as tx:
        body = segments.approach_body(tx, key)
        found = next((one for one in body.stages if one.key == stage), None)
        if found is None:
            raise NotFound(f"{body.name} has no stage {stage[:80]!r}.")
        meant = segments.SegmentBody(
            name=found.name, description=found.description, approach=key, stage=stage
        )
        made, words = both_drafts(tx, visit, f"{key}-{stage}", meant)
    return redirect(visit, f"/campaigns/{made}/edit", words)


def _shown(tx: Tx, visit: Visit, key: str, before: str, after: str) -> ApproachPage:
    body = segments.approach_body(tx, key)
    figures = next(iter(segments.approach_figures(tx, key)), None)
    members = {size.stage: size.members for size in segments.sizes(tx) if size.approach == key}
    rows = tuple(_row(key, stage, members, figures) for stage in body.stages)
    return ApproachPage(
        key=key,
        title=body.name,
        text=body.description,
        figures=_figures(rows, figures),
        rows=rows,
        chart=_over_time(tx, visit, key),
        value_chart=_value_chart(body, figures),
        matrix=_matrix(tx, visit, key, body, before, after),
        counted_at=figures.stages[0].at if figures else None,
        days=figures.stages[0].days if figures else 0,
        definition=SEPARATES,
    )


def _row(key: str, stage: Stage, members: dict[str | None, int], figures: ApproachFigures | None) -> StageRow:
    told = next((one for one in figures.stages if one.stage == stage.key), None) if figures else None
    everybody = sum(members.values()) or 1
    asked = json.dumps({"is": "in_stage", "approach": key, "stages": [stage.key]})
    rule = sentence(stage.condition)
    return StageRow(
        key=stage.key,
        title=stage.name,
        text=stage.description,
        rule="Everybody else" if rule == "everybody" else rule[:1].upper() + rule[1:],
        members=members.get(stage.key, 0),
        share=members.get(stage.key, 0) / everybody,
        buyers=told.buyers / told.customers if told and told.customers else None,
        value=money(Money(told.value_minor, told.currency), whole=True) if told else "–",
        mean=_mean(told.value_minor, told.customers, told.currency) if told else "–",
        mean_after=_mean(told.value_after_minor, told.customers_before, told.currency)
        if told and told.known_before
        else "–",
        segment_href=f"/segments/new?{urlencode({'name': stage.name, 'condition': asked})}",
        condition=asked,
    )


def _mean(minor: int, customers: int, currency: str) -> str:
    return money(Money(round(minor / customers), currency)) if customers else "–"


def _figures(rows: tuple[StageRow, ...], figures: ApproachFigures | None) -> tuple[Figure, ...]:
    customers = sum(row.members for row in rows)
    largest = max(rows, key=lambda row: row.members)
    told = [Figure(label="Customers", value=number(customers), note=f"in {count_of(len(rows), 'stage')}")]
    told.append(
        Figure(label="Largest stage", value=percent(largest.share), note=largest.title),
    )
    if figures is not None:
        first = figures.stages[0]
        revenue = Money(sum(stage.value_minor for stage in figures.stages), first.currency)
        told.append(
            Figure(label="Net revenue", value=money(revenue, whole=True), note=f"last {first.days} days")
        )
        parts = figures.separates
        known = percent(parts) if parts is not None else "Too early"
        told.append(Figure(label="Parts value", value=known, note="of the variance of revenue explained"))
    return tuple(told)


def _over_time(tx: Tx, visit: Visit, key: str) -> Chart | None:
    try:
        chart = approach_over_time(tx, key, visit.app.zone, href=f"/segments/approaches/{key}/chart")
    except NotFound:
        return None
    return chart if len(chart.rows) > 1 else None  # One day is no course of time.


def _value_chart(body: SegmentationBody, figures: ApproachFigures | None) -> Chart | None:
    if figures is None:
        return None
    names = {stage.key: stage.name for stage in body.stages}
    first = figures.stages[0]
    return ranking(
        key="stage-value",
        title="Mean net revenue of a customer, by stage",
        bars=[Bar(label=names.get(s.stage, s.stage), value=_each(s)) for s in figures.stages],
        unit=first.currency,
        definition=f"Net revenue in {first.currency} of the last {first.days} days by those who stand in "
        "the stage now, for each of them.",
        people=figures.customers,
    )


def _each(stage: StageFigure) -> float:
    if not stage.customers:
        return 0.0
    return float(Money(round(stage.value_minor / stage.customers), stage.currency).decimal)


def _matrix(tx: Tx, visit: Visit, key: str, body: SegmentationBody, before: str, after: str) -> Matrix:
    zone, now = visit.app.zone, visit.app.now(tx)
    last = _day(after, "after") or local_day(now, zone)
    first = _day(before, "before") or last - timedelta(days=30)
    if first >= last:
        wrong = Finding(path="before", code="segments.days", message="The first day lies before the second.")
        raise Invalid("Who moved is asked from one day to a later one.", [wrong])
    start, end = day_bounds(first, zone)[0], min(now, day_bounds(last, zone)[1])
    found = segments.migration(tx, key, start, end, zone=zone) if start < end else None
    href = f"/segments/approaches/{key}/migration?before={first}&after={last}"
    chart = _heat(body, found, first, last, href) if found else None
    return Matrix(
        before=first,
        after=last,
        how=found.how if found else "",
        chart=chart,
        stayed=_stayed(found) if found else "",
    )


def _day(text: str, name: str) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        found = date.max
    if found is not None and found.year not in YEARS:
        message = f"Write a day of 1900 to 2299 as 2026-03-01; found {text[:40]!r}."
        raise Invalid("The day cannot be read.", [Finding(path=name, code="segments.day", message=message)])
    return found


def _heat(body: SegmentationBody, found: Migration, first: date, last: date, href: str) -> Chart:
    names = [stage.name for stage in body.stages]
    values: dict[tuple[str, str], float] = {}
    for one in found.moved:
        was = UNKNOWN if one.before is None else names[one.before]
        then = GONE if one.after is None else names[one.after]
        values[was, then] = values.get((was, then), 0) + one.customers
    return heat(
        key="migration",
        title=f"Who moved from {first:%-d %b %Y} to {last:%-d %b %Y}",
        down=[*names, *({UNKNOWN} & {was for was, _ in values})],
        across=[*names, *({GONE} & {then for _, then in values})],
        values=values,
        corner="Then",
        unit="customers",
        of_row=True,
        definition="Down the stage at the beginning of the first day, across the stage at the end of the "
        f"second; the colour is the share of the row. The earlier stage is known {found.how}.",
        people=sum(one.customers for one in found.moved),
        href=href,
    )


def _stayed(found: Migration) -> str:
    known = [one for one in found.moved if one.before is not None]
    everybody = sum(one.customers for one in known)
    stayed = sum(one.customers for one in known if one.before == one.after)
    if not everybody:
        return ""
    return f"{percent(stayed / everybody)} of {count_of(everybody, 'customer')} stand where they stood."

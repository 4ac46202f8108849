"""What comes in: each source with its events, rejects and contradictions, and how many arrive a day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from regulars import access, definitions, events, log
from regulars.console.chart_files import chart_file
from regulars.console.charts import Chart, Mark, trend
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.formats import brief, number
from regulars.console.parts import Column, Figure, Tab
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.events import Contradiction
from regulars.kernel import day_bounds, local_day

router = pages()
DAYS = 28
SERIES_MAX = 5  # More lines cannot be told apart; the rest is one.
REST = "All others"
COLUMNS = (
    Column(title="Source"),
    Column(title="Today", numeric=True),
    Column(title="Ever", numeric=True),
    Column(title="Last event"),
    Column(title="Rejects", numeric=True),
    Column(title="Contradictions", numeric=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    key: str
    title: str
    declared: bool
    today: int
    ever: int
    last_at: datetime | None
    rejects: int
    contradictions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataHome:
    tabs: tuple[Tab, ...]
    figures: tuple[Figure, ...]
    columns: tuple[Column, ...]
    rows: tuple[SourceRow, ...]
    chart: Chart
    may_connect: bool
    why_not: str


@router.get("/data")
def home(visit: Visiting, format: str = "") -> Response:  # noqa: A002 - the address says so.
    access.require(visit.actor, "sources.view")
    with visit.app.database.transaction() as tx:
        now = visit.app.now(tx)
        chart = _chart(tx, visit, now)
        if format:
            return chart_file(chart, format)
        wrong = events.contradictions(events.discovered(tx), events.plan(tx))
        rows = _rows(tx, visit, now, wrong)
    connect = access.allows(visit.actor, "sources.draft", kind="source")
    value = DataHome(
        tabs=places.tabs("/data", rejects=sum(row.rejects for row in rows) or None),
        figures=_figures(rows, wrong),
        columns=COLUMNS,
        rows=rows,
        chart=chart,
        may_connect=connect.outcome == "yes",
        why_not=connect.reason,
    )
    return page(visit, "data/home.html", value)


def _rows(tx: Tx, visit: Visit, now: datetime, wrong: Sequence[Contradiction]) -> tuple[SourceRow, ...]:
    start, _ = day_bounds(local_day(now, visit.app.zone), visit.app.zone)
    totals = {one.source: one for one in events.source_totals(tx, start)}
    refused: Counter[str] = Counter()
    for count in log.reject_counts(tx, log.RejectFilter(state="open")):
        refused[count.source] += count.rejects
    contradicted: Counter[str] = Counter()
    for one in wrong:
        contradicted.update(one.sources)
    titles = {head.key: head.title for head in definitions.heads(tx, kind="source", limit=200).items}
    return tuple(
        SourceRow(
            key=key,
            title=titles.get(key, key),
            declared=key in titles,
            today=totals[key].recent if key in totals else 0,
            ever=totals[key].events if key in totals else 0,
            last_at=totals[key].last_seen if key in totals else None,
            rejects=refused[key],
            contradictions=contradicted[key],
        )
        for key in sorted(titles.keys() | totals.keys() | refused.keys())
    )


def _figures(every: Sequence[SourceRow], wrong: Sequence[Contradiction]) -> tuple[Figure, ...]:
    refused = sum(row.rejects for row in every)
    return (
        Figure(label="Events today", value=number(sum(row.today for row in every)), note="from all sources"),
        Figure(label="Sources", value=number(len(every)), note="declared, or that sent something"),
        Figure(
            label="Rejects",
            value=number(refused),
            note="open, to be mended" if refused else "everything could be used",
            href="/data/rejects" if refused else "",
        ),
        Figure(
            label="Contradictions",
            value=number(len(wrong)),
            note="with themselves or the plan",
            href="/data/plan",
        ),
    )


def _chart(tx: Tx, visit: Visit, now: datetime) -> Chart:
    zone = visit.app.zone
    today = local_day(now, zone)
    first = today - timedelta(days=DAYS - 1)
    found = events.arrivals(tx, day_bounds(first, zone)[0])
    total: Counter[str] = Counter()
    by_day: Counter[tuple[str, object]] = Counter()
    for one in found:
        total[one.source] += one.events
    named = [source for source, _ in total.most_common(SERIES_MAX)]
    for one in found:
        by_day[one.source if one.source in named else REST, local_day(one.quarter, zone)] += one.events
    series = [*named, *([REST] if len(total) > SERIES_MAX else [])]
    start = (
        max(first, min(local_day(one.quarter, zone) for one in found) - timedelta(days=1)) if found else today
    )
    days = [start + timedelta(days=n) for n in range((today - start).days + 1)] if found else []
    return trend(
        key="arriving",
        title="Events that arrived a day",
        unit="events",
        marks=[
            Mark(day=day, value=by_day[source, day], series=brief(source, 24), finished=day < today)
            for source in series
            for day in days
        ],
        definition="Events that came in from outside, by the day they were booked on, one line a source.",
        href="/data",
    )

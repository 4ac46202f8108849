"""A scoring: the grid of recency and frequency, its groups with what they bring, and how that changed."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, conditions, definitions, segments
from regulars.console.chart_files import chart_file
from regulars.console.charts import Chart
from regulars.console.console import pages
from regulars.console.formats import count_of, money, number
from regulars.console.heat_charts import heat
from regulars.console.parts import Column, Figure
from regulars.console.segments.drafting import both_drafts
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Money, NotFound, local_day
from regulars.segments import SCORING, ScoreTotal, ScoringBody, SegmentBody

router = pages()
FIFTHS = (1, 2, 3, 4, 5)
DAYS_SHOWN = 13
RECENCY = {5: "5, just now", 4: "4", 3: "3", 2: "2", 1: "1, longest ago"}
FREQUENCY = {1: "1, seldomest", 2: "2", 3: "3", 4: "4", 5: "5, most often"}
COLUMNS = (
    Column(title="Group"),
    Column(title="Customers", numeric=True),
    Column(title="Share", numeric=True),
    Column(title="Last order", numeric=True),
    Column(title="Orders", numeric=True),
    Column(title="Mean value", numeric=True),
    Column(title="Value", numeric=True),
    Column(title="Go on", hidden_title=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    recency: int
    frequency: int
    group: str
    customers: int
    mean: str
    heat: int  # 1 to 5, by the mean fifth of value; 0: nobody.
    segment_href: str
    condition: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    key: str
    title: str
    text: str
    customers: int
    share: float
    days: str
    orders: str
    mean: str
    value: str
    segment_href: str
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringPage:
    key: str
    title: str
    text: str
    rule: str
    figures: tuple[Figure, ...]
    grid: tuple[tuple[Cell, ...], ...]  # The latest first; empty of other methods.
    rows: tuple[GroupRow, ...]
    charts: tuple[Chart, ...]
    scored_at: datetime
    columns: tuple[Column, ...] = COLUMNS


@router.get("/segments/scorings/{key}")
def scoring(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        value = _shown(tx, visit, key)
    return page(visit, "segments/scoring.html", value)


@router.get("/segments/scorings/{key}/chart")
def chart(visit: Visiting, key: str, which: str = "groups", format: str = "csv") -> Response:  # noqa: A002
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        charts = {one.key: one for one in _shown(tx, visit, key).charts}
    if which not in charts:
        raise NotFound(f"There is no chart {which[:40]!r}; there are {', '.join(charts)}.")
    return chart_file(charts[which], format)


@router.post("/segments/scorings/{key}/campaign")
def campaign(
    visit: Visiting, key: str, name: Annotated[str, Form()], condition: Annotated[str, Form()]
) -> Response:
    """From a cell or group to a campaign draft, by way of a segment draft."""
    try:
        asked = conditions.parse(json.loads(condition))
    except ValueError as error:
        raise NotFound("The cell cannot be read; go back to the grid.") from error
    slug = name.lower().replace(",", "").replace(" ", "-")[:40] or "cell"
    with visit.app.database.transaction() as tx:
        segments.last_scored(tx, key)
        body = SegmentBody(name=name[:200], condition=asked)
        made, words = both_drafts(tx, visit, f"{key}-{slug}", body)
    return redirect(visit, f"/campaigns/{made}/edit", words)


def _shown(tx: Tx, visit: Visit, key: str) -> ScoringPage:
    scored_at = segments.last_scored(tx, key)
    found = definitions.live(tx, SCORING, key)
    if found is None:
        raise NotFound(f"There is no live scoring {key[:80]!r}.")
    body = found.body
    totals = segments.totals(tx, key, scored_at)
    return ScoringPage(
        key=key,
        title=body.name,
        text=body.description,
        rule=SCORING.sentence(body),
        figures=_figures(totals, body, scored_at),
        grid=tuple(_grid(key, totals, body.currency)) if body.method == "rfm" else (),
        rows=tuple(_groups(tx, key, totals, body)),
        charts=tuple(_charts(tx, visit, key, totals, body)),
        scored_at=scored_at,
    )


def _figures(totals: Sequence[ScoreTotal], body: ScoringBody, _at: datetime) -> tuple[Figure, ...]:
    customers = sum(one.customers for one in totals)
    value = Money(sum(one.value_minor for one in totals), body.currency)
    period = f"in {count_of(body.look_back_days, 'day')}"
    return (
        Figure(label="Customers with a score", value=number(customers), note=f"bought {period}"),
        Figure(label="Net revenue", value=money(value, whole=True), note=period),
        Figure(label="Mean", value=_mean(value.minor, customers, body.currency), note="for each of them"),
        Figure(
            label="Groups", value=number(len({one.group_key for one in totals})), note="that have anybody"
        ),
    )


def _mean(minor: int, customers: int, currency: str) -> str:
    return money(Money(round(minor / customers), currency)) if customers else "–"


def _grid(key: str, totals: Sequence[ScoreTotal], currency: str) -> Iterable[tuple[Cell, ...]]:
    for recency in reversed(FIFTHS):
        yield tuple(_cell(key, totals, recency, frequency, currency) for frequency in FIFTHS)


def _cell(key: str, totals: Sequence[ScoreTotal], recency: int, frequency: int, currency: str) -> Cell:
    inside = [one for one in totals if (one.recency, one.frequency) == (recency, frequency)]
    customers = sum(one.customers for one in inside)
    fifth = sum(one.monetary * one.customers for one in inside) / customers if customers else 0
    asked = _asked(key, {"r": recency, "f": frequency})
    group = segments.group_at(recency, frequency).name
    name = f"{group}, R{recency} F{frequency}"
    return Cell(
        recency=recency,
        frequency=frequency,
        group=group,
        customers=customers,
        mean=_mean(sum(one.value_minor for one in inside), customers, currency),
        heat=round(fifth),
        segment_href=_segment(name, asked),
        condition=asked,
        name=name,
    )


def _asked(key: str, columns: dict[str, Any]) -> str:
    where = [{"property": name, "value": value} for name, value in columns.items()]
    return json.dumps({"is": "measured", "of": "score", "name": key, "where": where})


def _segment(name: str, condition: str) -> str:
    return f"/segments/new?{urlencode({'name': name, 'condition': condition})}"


def _groups(tx: Tx, key: str, totals: Sequence[ScoreTotal], body: ScoringBody) -> Iterable[GroupRow]:
    by_group: dict[str, list[ScoreTotal]] = defaultdict(list)
    for one in totals:
        by_group[one.group_key].append(one)
    everybody = sum(one.customers for one in totals) or 1
    for group, title, text in _named(tx, key, by_group, body):
        inside = by_group.get(group, [])
        customers = sum(one.customers for one in inside)
        asked = _asked(key, {"group": group})
        days = sum(one.days for one in inside) / customers if customers else None
        orders = sum(one.orders for one in inside) / customers if customers else None
        value = sum(one.value_minor for one in inside)
        yield GroupRow(
            key=group,
            title=title,
            text=text,
            customers=customers,
            share=customers / everybody,
            days="–" if days is None else f"{number(days)} days ago",
            orders="–" if orders is None else number(orders, 1),
            mean=_mean(value, customers, body.currency),
            value=money(Money(value, body.currency), whole=True),
            segment_href=_segment(title, asked),
            condition=asked,
        )


def _named(tx: Tx, key: str, present: Iterable[str], body: ScoringBody) -> Sequence[tuple[str, str, str]]:
    """Key, name and words of every group, in the order of the method."""
    if body.method == "rfm":
        return [(group.key, group.name, group.description) for group in segments.RFM_GROUPS]
    if body.method == "value_tiers":
        tiers = [(f"top-{one}", f"Best {one} %", "") for one in body.percents]
        return [*tiers, (segments.REST, "The others", "")]
    fitted = segments.fitted(tx, key)
    if fitted is None:
        return [(group, group, "") for group in sorted(present)]
    return [
        (
            f"cluster-{number_of}",
            f"Cluster {number_of}",
            f"{words}; at its centre "
            + segments.means_in_words(days, orders, _mean(round(value), 1, body.currency)),
        )
        for number_of, (words, (days, orders, value)) in enumerate(
            zip(segments.words_of_centres(fitted), segments.typical(fitted), strict=True), start=1
        )
    ]


def _charts(
    tx: Tx, visit: Visit, key: str, totals: Sequence[ScoreTotal], body: ScoringBody
) -> Iterable[Chart]:
    href = f"/segments/scorings/{key}/chart?which="
    if body.method == "rfm":
        yield _value_grid(totals, body, f"{href}value-grid")
    names = {group: title for group, title, _ in _named(tx, key, (one.group_key for one in totals), body)}
    yield _over_time(tx, visit, key, names, f"{href}groups")


def _over_time(tx: Tx, visit: Visit, key: str, names: Mapping[str, str], href: str) -> Chart:
    told = segments.totals_over_time(tx, key)
    instants = sorted({one.at for one in told})
    step = max(1, -(-len(instants) // DAYS_SHOWN))
    shown = {at: f"{local_day(at, visit.app.zone):%-d %b %y}" for at in instants[::-1][::step][::-1]}
    values: dict[tuple[str, str], float] = {
        (names.get(one.group_key, one.group_key), shown[one.at]): one.customers
        for one in told
        if one.at in shown
    }
    return heat(
        key="groups",
        title="Customers by group over time",
        down=list(names.values()),
        across=list(dict.fromkeys(shown.values())),
        values=values,
        corner="Group",
        unit="customers",
        definition="Customers by their group whenever they were scored: every night, and for twelve months "
        "before as orders are known now.",
        people=sum(one.customers for one in told if one.at == instants[-1]) if instants else 0,
        href=href,
    )


def _value_grid(totals: Sequence[ScoreTotal], body: ScoringBody, href: str) -> Chart:
    value: dict[tuple[str, str], int] = defaultdict(int)
    people: dict[tuple[str, str], int] = defaultdict(int)
    for one in totals:
        place = RECENCY[one.recency], FREQUENCY[one.frequency]
        value[place] += one.value_minor
        people[place] += one.customers
    means = {
        place: float(Money(round(value[place] / count), body.currency).decimal)
        for place, count in people.items()
    }
    return heat(
        key="value-grid",
        title="Mean value by recency and frequency",
        down=[RECENCY[fifth] for fifth in reversed(FIFTHS)],
        across=[FREQUENCY[fifth] for fifth in FIFTHS],
        values=means,
        corner="Recency",
        unit=body.currency,
        definition=f"Net revenue in {body.currency} of the last {body.look_back_days} days for each customer "
        "of a cell. Down the fifths of recency, across those of frequency; equal values are in one fifth.",
        people=sum(people.values()),
        href=href,
    )

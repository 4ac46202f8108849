"""Charts: Vega-Lite specifications made with Altair, each with the table of what it shows.

Amounts have an axis from zero, intervals are bands, a period that is not over yet is dashed, and the
control is always grey. Colours come from one set that people with a colour-vision deficiency can tell apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

SERIES = ("#6d59e6", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7")
CONTROL = "#8d8a99"
CONTROL_NAMES = frozenset({"control", "held out", "holdout"})
PERCENT = "%"
HEIGHT = 220
LARGE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One value of one series on one day."""

    day: date
    value: float
    series: str = ""
    low: float | None = None  # The ends of the interval, where the value is an estimate.
    high: float | None = None
    finished: bool = True  # False while the day's, week's or month's figure can still grow.


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    label: str
    value: float
    control: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One arm with its interval."""

    label: str
    value: float
    low: float
    high: float
    people: int
    control: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What the chart block shows: the picture's specification, its table, and what it means."""

    key: str  # Stable; the element's id and the name of downloaded files.
    title: str
    spec: dict[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    unit: str = ""
    definition: str = ""  # One sentence: what exactly is counted.
    people: int | None = None  # How many people stand behind it.
    href: str = ""  # Answers ?format=svg, png and csv, where the page offers that.


def trend(
    *,
    key: str,
    title: str,
    marks: Sequence[Mark],
    unit: str,
    definition: str = "",
    people: int | None = None,
    href: str = "",
) -> Chart:
    """A figure over time, one line a series."""
    names = tuple(dict.fromkeys(mark.series for mark in marks))
    banded = any(mark.low is not None for mark in marks)
    ticks = _ticks(unit, (mark.value for mark in marks))
    growing = any(not mark.finished for mark in marks)
    return Chart(
        key=key,
        title=title,
        spec=_with(
            _trend_shape(names, unit, ticks, banded=banded, growing=growing, alone=len(marks) <= len(names)),
            [_mark_row(mark) for mark in marks],
        ),
        columns=("Day", *(("Series",) if len(names) > 1 else ()), unit),
        rows=tuple((m.day, *((m.series,) if len(names) > 1 else ()), m.value) for m in marks),
        unit=unit,
        definition=definition,
        people=people,
        href=href,
    )


def ranking(
    *,
    key: str,
    title: str,
    bars: Sequence[Bar],
    unit: str,
    definition: str = "",
    people: int | None = None,
    href: str = "",
) -> Chart:
    """Amounts side by side, in the order given."""
    data = [{"label": b.label, "value": b.value, "colour": CONTROL if b.control else SERIES[0]} for b in bars]
    return Chart(
        key=key,
        title=title,
        spec=_with(_ranking_shape(unit, _ticks(unit, (bar.value for bar in bars)), len(bars)), data),
        columns=("", unit),
        rows=tuple((b.label, b.value) for b in bars),
        unit=unit,
        definition=definition,
        people=people,
        href=href,
    )


def comparison(
    *,
    key: str,
    title: str,
    arms: Sequence[Estimate],
    unit: str,
    definition: str = "",
    href: str = "",
) -> Chart:
    """Arms with their intervals; the control is grey."""
    data = [
        {
            "label": arm.label,
            "value": arm.value,
            "low": arm.low,
            "high": arm.high,
            "colour": CONTROL if arm.control else SERIES[0],
        }
        for arm in arms
    ]
    return Chart(
        key=key,
        title=title,
        spec=_with(_comparison_shape(unit, _ticks(unit, (arm.high for arm in arms)), len(arms)), data),
        columns=("Arm", unit, "From", "To", "People"),
        rows=tuple((arm.label, arm.value, arm.low, arm.high, arm.people) for arm in arms),
        unit=unit,
        definition=definition,
        people=sum(arm.people for arm in arms),
        href=href,
    )


def theme(*, dark: bool) -> dict[str, Any]:
    """The configuration that lets a chart sit on a light or a dark page."""
    ink, quiet, line = ("#c9c5d8", "#9d98b0", "#332f42") if dark else ("#3b3748", "#6f6a80", "#e9e6ee")
    words = {"labelColor": quiet, "titleColor": quiet, "labelFontSize": 11, "titleFontSize": 11}
    return {
        "background": "transparent",
        "font": "system-ui, -apple-system, Segoe UI, Roboto, sans-serif",
        "view": {"stroke": None},
        "axis": {
            **words,
            "titleFontWeight": 500,
            "gridColor": line,
            "domainColor": line,
            "tickColor": line,
            "labelPadding": 6,
        },
        "axisX": {"grid": False},
        "axisY": {"domain": False, "ticks": False},
        "legend": {
            **words,
            "title": None,
            "orient": "top",
            "symbolType": "stroke",
            "symbolOpacity": 1,
            "symbolStrokeWidth": 3,
            "labelFontSize": 12,
        },
        "text": {"color": ink},
        "range": {"category": list(SERIES)},
    }


def colours(names: Sequence[str]) -> list[str]:
    """A colour for each series; the control's is grey wherever it stands."""
    free = iter(SERIES * (1 + len(names) // len(SERIES)))
    return [CONTROL if name.casefold() in CONTROL_NAMES else next(free) for name in names]


def _with(shape: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {**shape, "data": {"values": rows}}


def _mark_row(mark: Mark) -> dict[str, Any]:
    row: dict[str, Any] = {
        "day": f"{mark.day}T00:00:00",  # Without a time it would be taken for midnight in UTC.
        "value": mark.value,
        "series": mark.series,
        "finished": mark.finished,
    }
    return row if mark.low is None else {**row, "low": mark.low, "high": mark.high}


def _ticks(unit: str, values: Iterable[float]) -> str:
    """How the axis writes its numbers: all of them in thousands only where they are large."""
    if unit == PERCENT:
        return ".1~%"
    return "~s" if max((abs(value) for value in values), default=0) >= LARGE else ",~f"


def _exact(unit: str) -> str:
    return ".2~%" if unit == PERCENT else ",.2~f"


@cache
def _trend_shape(
    names: tuple[str, ...], unit: str, ticks: str, *, banded: bool, growing: bool, alone: bool
) -> dict[str, Any]:
    import altair as alt  # noqa: PLC0415 - half a second of start-up that most commands do not need.

    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=list(names), range=colours(names)),
        legend=None if len(names) < 2 else alt.Legend(),  # noqa: PLR2004 - one series needs no key.
    )
    x = alt.X("day:T", title=None, axis=alt.Axis(tickCount=6, labelFlush=True))
    axis = alt.Axis(format=ticks, title=None, tickCount=4)
    y = alt.Y("value:Q", scale=alt.Scale(zero=True), axis=axis)
    tips = [
        alt.Tooltip("day:T", title="Day", format="%-d %b %Y"),
        alt.Tooltip("value:Q", title=unit, format=_exact(unit)),
    ]
    if len(names) > 1:
        tips.insert(1, alt.Tooltip("series:N", title="Series"))
    base = alt.Chart(alt.NamedData("rows")).encode(x=x, color=colour)
    done = (
        base.transform_filter("datum.finished").mark_line(strokeWidth=2, interpolate="monotone").encode(y=y)
    )
    # The last finished point belongs to the dashed part too, or the line would have a hole.
    open_part = (
        base.transform_window(next_finished="lead(finished)", sort=[alt.SortField("day")], groupby=["series"])
        .transform_filter("!datum.finished || datum.next_finished === false")
        .mark_line(strokeWidth=2, strokeDash=[4, 4])
        .encode(y=y)
    )
    # A line needs two points: a single one is seen as a dot, else dots only answer the pointer.
    dots = base.mark_point(size=60, filled=True, opacity=1 if alone else 0).encode(y=y, tooltip=tips)
    layers: list[Any] = [done, open_part, dots] if growing else [done, dots]
    if banded:
        layers.insert(0, base.mark_area(opacity=0.16).encode(y=alt.Y("low:Q", axis=axis), y2="high:Q"))
    return _finished(alt.layer(*layers), HEIGHT)


@cache
def _ranking_shape(unit: str, ticks: str, count: int) -> dict[str, Any]:
    import altair as alt  # noqa: PLC0415 - as above.

    chart = (
        alt.Chart(alt.NamedData("rows"))
        .mark_bar(cornerRadiusEnd=3, height={"band": 0.66})
        .encode(
            y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=180)),
            x=alt.X("value:Q", scale=alt.Scale(zero=True), title=None, axis=_bottom(ticks)),
            color=alt.Color("colour:N", scale=None),
            tooltip=[
                alt.Tooltip("label:N", title=" "),
                alt.Tooltip("value:Q", title=unit, format=_exact(unit)),
            ],
        )
    )
    return _finished(chart, max(80, 30 * count))


@cache
def _comparison_shape(unit: str, ticks: str, count: int) -> dict[str, Any]:
    import altair as alt  # noqa: PLC0415 - as above.

    y = alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=180))
    colour = alt.Color("colour:N", scale=None)
    x = alt.Scale(zero=True)
    base = alt.Chart(alt.NamedData("rows")).encode(y=y, color=colour)
    # A band from the lower to the upper end, and the estimate on it.
    band = base.mark_bar(opacity=0.28, height=16, cornerRadius=3).encode(
        x=alt.X("low:Q", scale=x, title=None, axis=_bottom(ticks)), x2="high:Q"
    )
    tips = [
        alt.Tooltip("label:N", title=" "),
        *(
            alt.Tooltip(f"{name}:Q", title=title, format=_exact(unit))
            for name, title in (("value", unit), ("low", "From"), ("high", "To"))
        ),
    ]
    point = base.mark_tick(thickness=3, size=24, opacity=1).encode(x=alt.X("value:Q", scale=x), tooltip=tips)
    return _finished(alt.layer(band, point), max(80, 44 * count))


def _bottom(ticks: str) -> Any:
    import altair as alt  # noqa: PLC0415 - as above.

    return alt.Axis(format=ticks, tickCount=5, grid=True)


def _finished(chart: Any, height: int) -> dict[str, Any]:
    made: dict[str, Any] = chart.properties(width="container", height=height).to_dict()
    made.pop("config", None)  # The page's theme takes its place.
    made.pop("datasets", None)
    return made

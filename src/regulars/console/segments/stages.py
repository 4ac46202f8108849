"""An approach that divides everybody into stages: in the order people think of them, with their colours."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from regulars import segments
from regulars.console.charts import HEIGHT, Chart
from regulars.db import Tx
from regulars.kernel import local_day
from regulars.segments import Size, SizeAt

# From the best to the farthest; of stages that somebody else named, the order of their rules.
RANKS = ("loyal", "active", "new", "won-back", "at-risk", "lapsed", "prospect")
# Of one set that people with a colour-vision deficiency can tell apart; grey is the control's.
HUES = ("#6d59e6", "#56b4e9", "#009e73", "#cc79a7", "#e69f00", "#d55e00", "#f0e442")
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.1.0.json"
STEP_DAYS = 7
LARGE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One stage of the bar: where it begins and how long it is, of 100."""

    key: str  # Of the segment.
    stage: str
    title: str
    members: int
    share: float
    start: float
    hue: int


def ranked(sizes: Sequence[Size], approach: str) -> list[Size]:
    """The stages of an approach, for showing."""
    own = [size for size in sizes if size.approach == approach and size.stage and not size.names_stage]
    places = {size.key: place for place, size in enumerate(own)}
    return sorted(
        own,
        key=lambda s: (RANKS.index(str(s.stage)) if s.stage in RANKS else len(RANKS), places[s.key]),
    )


def parts(stages: Sequence[Size]) -> tuple[Part, ...]:
    """The stages as parts of a bar that is as long as everybody."""
    everybody = sum(stage.members for stage in stages) or 1
    made, start = [], 0.0
    for stage, hue in zip(stages, hues(stages), strict=True):
        width = 100 * stage.members / everybody
        made.append(
            Part(
                key=stage.key,
                stage=str(stage.stage),
                title=stage.title,
                members=stage.members,
                share=stage.members / everybody,
                start=start,
                hue=hue,
            )
        )
        start += width
    return tuple(made)


def hues(stages: Sequence[Size]) -> list[int]:
    """A known stage has its own colour wherever it stands; the others take what is left."""
    known = [RANKS.index(str(stage.stage)) if stage.stage in RANKS else None for stage in stages]
    free = (hue for hue in list(range(len(HUES))) * (1 + len(stages)) if hue not in known)
    return [hue if hue is not None else next(free, 0) for hue in known]


def weekly(history: Sequence[SizeAt], zone: str) -> list[tuple[date, int]]:
    """How large it was on every seventh local day back from the latest; without a look, as it was before."""
    by_day = {local_day(size.at, zone): size.members for size in history}
    if not by_day:
        return []
    first, latest = min(by_day), max(by_day)
    days = [latest - timedelta(days=back) for back in range(0, (latest - first).days + 1, STEP_DAYS)]
    looked = sorted(by_day)
    return [(day, by_day[looked[bisect_right(looked, day) - 1]]) for day in reversed(days)]


def histories(tx: Tx, stages: Sequence[Size], zone: str) -> Mapping[str, list[tuple[date, int]]]:
    """By segment key, the size week by week."""
    return {stage.key: weekly(segments.size_over_time(tx, stage.key), zone) for stage in stages}


def composition(
    stages: Sequence[Size],
    history: Mapping[str, Sequence[tuple[date, int]]],
    *,
    key: str,
    title: str,
    at: datetime | None,
    zone: str,
    href: str = "",
) -> Chart:
    """All stages stacked over time; together they are everybody."""
    days = sorted({day for line in history.values() for day, _ in line})
    sizes = {stage.key: dict(history[stage.key]) for stage in stages}
    values = [
        {
            "day": f"{day}T00:00:00",
            "value": sizes[stage.key].get(day, 0),
            "series": stage.title,
            "rank": len(stages) - place,
        }
        for day in days
        for place, stage in enumerate(stages)
    ]
    rows = tuple(
        (day, *counts, sum(counts))
        for day in days
        for counts in [tuple(sizes[stage.key].get(day, 0) for stage in stages)]
    )
    counted = f"the last count was for {local_day(at, zone):%-d %B %Y}" if at else "not counted yet"
    return Chart(
        key=key,
        title=title,
        spec=_stacked(values, stages),
        columns=("Day", *(stage.title for stage in stages), "Together"),
        rows=rows,
        unit="customers",
        definition="Customers by the stage they stood in when segments were counted, every seventh day at "
        f"midnight ({zone}); {counted}. Everybody known by then is in exactly one stage.",
        people=sum(stage.members for stage in stages),
        href=href,
    )


def _stacked(values: list[dict[str, Any]], stages: Sequence[Size]) -> dict[str, Any]:
    colour = {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": [s.title for s in stages], "range": [HUES[hue] for hue in hues(stages)]},
        "legend": {"symbolType": "square", "symbolStrokeWidth": 0, "columns": 4},
    }
    ticks = "~s" if sum(stage.members for stage in stages) >= LARGE else ",~f"
    y = {
        "field": "value",
        "type": "quantitative",
        "stack": "zero",
        "axis": {"title": None, "tickCount": 4, "format": ticks},
    }
    shared = {
        "x": {
            "field": "day",
            "type": "temporal",
            "title": None,
            "axis": {"tickCount": 6, "labelFlush": True},
        },
        "y": y,
        "color": colour,
        "order": {"field": "rank", "type": "quantitative"},
    }
    tips = [
        {"field": "day", "type": "temporal", "title": "Day", "format": "%-d %b %Y"},
        {"field": "series", "type": "nominal", "title": "Stage"},
        {"field": "value", "type": "quantitative", "title": "Customers", "format": ","},
    ]
    dots = {
        "mark": {"type": "point", "size": 70, "filled": True, "opacity": 0},
        "encoding": {**shared, "tooltip": tips},
    }
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": HEIGHT,
        "data": {"values": values},
        "layer": [{"mark": {"type": "area", "opacity": 0.9}, "encoding": shared}, dots],
    }

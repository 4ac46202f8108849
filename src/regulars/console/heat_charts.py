"""Heat charts: how much lies where two divisions cross, with the table beside."""

from collections.abc import Mapping, Sequence
from typing import Any

from regulars.console.charts import SERIES, Chart

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.1.0.json"
ROW_HEIGHT, HEIGHT_MIN = 34, 140


def heat(
    *,
    key: str,
    title: str,
    down: Sequence[str],
    across: Sequence[str],
    values: Mapping[tuple[str, str], float],
    corner: str,
    unit: str,
    of_row: bool = False,
    definition: str = "",
    people: int | None = None,
    href: str = "",
) -> Chart:
    """Rows and columns in the order given; `of_row` colours by the share of the row."""
    totals = {name: sum(values.get((name, other), 0) for other in across) or 1 for name in down}
    cells = [
        {
            "down": name,
            "across": other,
            "value": values.get((name, other), 0),
            "shade": values.get((name, other), 0) / (totals[name] if of_row else 1),
        }
        for name in down
        for other in across
    ]
    return Chart(
        key=key,
        title=title,
        spec=_shape(cells, down, across, corner, unit),
        columns=(corner, *across),
        rows=tuple((name, *(values.get((name, other), 0) for other in across)) for name in down),
        unit=unit,
        definition=definition,
        people=people,
        href=href,
    )


def _shape(
    cells: list[dict[str, Any]], down: Sequence[str], across: Sequence[str], corner: str, unit: str
) -> dict[str, Any]:
    x = {
        "field": "across",
        "type": "nominal",
        "sort": list(across),
        "axis": {"title": None, "orient": "top", "labelAngle": -60 if len(across) > 5 else 0},  # noqa: PLR2004
    }
    y = {"field": "down", "type": "nominal", "sort": list(down), "axis": {"title": None, "labelLimit": 140}}
    tips = [
        {"field": "down", "type": "nominal", "title": corner or "Row"},
        {"field": "across", "type": "nominal", "title": "Column"},
        {"field": "value", "type": "quantitative", "title": unit, "format": ",.2~f"},
    ]
    colour = {
        "field": "shade",
        "type": "quantitative",
        "legend": None,
        "scale": {"range": ["#f3f0fd", SERIES[0]], "zero": True},
    }
    text = {
        "condition": {"test": "datum.shade > 0.6 * datum.most", "value": "white"},
        "value": "#3b3748",
    }
    shown = {"condition": {"test": "datum.value == 0", "value": 0}, "value": 1}
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": max(HEIGHT_MIN, ROW_HEIGHT * len(down)),
        "data": {"values": cells},
        "transform": [{"joinaggregate": [{"op": "max", "field": "shade", "as": "most"}]}],
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": {"type": "rect", "cornerRadius": 3}, "encoding": {"color": colour, "tooltip": tips}},
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    "text": {"field": "value", "type": "quantitative", "format": ",.3~s"},
                    "color": text,
                    "opacity": shown,
                },
            },
        ],
    }

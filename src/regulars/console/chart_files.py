"""A chart as a file: SVG, PNG or CSV."""

import csv
import io

from starlette.responses import Response

from regulars.console.charts import Chart, theme

MEDIA = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}
WIDTH = 860


def chart_file(chart: Chart, form: str) -> Response:
    """The chart as a download; `form` is one of svg, png and csv."""
    media = MEDIA.get(form, MEDIA["csv"])
    name = f"{chart.key}.{form if form in MEDIA else 'csv'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_content(chart, form), media_type=media, headers=headers)


def _content(chart: Chart, form: str) -> bytes:
    if form == "svg":
        return svg(chart).encode()
    return png(chart) if form == "png" else _csv(chart)


def svg(chart: Chart) -> str:
    import vl_convert  # noqa: PLC0415 - brings a JavaScript engine along.

    made: str = vl_convert.vegalite_to_svg(_fixed(chart), config=_paper())
    return made


def png(chart: Chart) -> bytes:
    import vl_convert  # noqa: PLC0415 - as above.

    made: bytes = vl_convert.vegalite_to_png(_fixed(chart), config=_paper(), scale=2)
    return made


def _fixed(chart: Chart) -> dict[str, object]:
    return {**chart.spec, "width": WIDTH, "title": chart.title}


def _paper() -> dict[str, object]:
    return {**theme(dark=False), "background": "white"}


def _csv(chart: Chart) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(chart.columns)
    writer.writerows([plain_cell(cell) for cell in row] for row in chart.rows)
    return out.getvalue().encode()


def plain_cell(cell: object) -> object:
    """A cell that a spreadsheet would take for a formula is made text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {*"=+-@\t\r"} else cell

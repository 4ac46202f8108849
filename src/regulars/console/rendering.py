"""Pages: a typed frozen value and a template become HTML; a htmx request gets the named block only.

The block is named by the element that htmx fills: a request with the target `div#results` gets
the block `results` of the template that makes the whole page. Components are the global `ui`.
"""

import re
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from regulars.console.assets import asset
from regulars.console.charts import PERCENT, theme
from regulars.console.formats import FILTERS, LOCALE, Locale, day, number, percent
from regulars.console.frame import Frame

TEMPLATES = Path(__file__).parent / "templates"
FORM_TOKEN: ContextVar[str] = ContextVar("form_token", default="")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def environment() -> Environment:
    """The one template environment; every macro under components/ is an attribute of `ui`."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters.update(FILTERS, cell=cell, pattern=pattern)
    ui = SimpleNamespace()
    env.globals.update(
        asset=asset, icon=icon, ui=ui, spark=spark_path, chart_theme=theme, form_token=FORM_TOKEN.get
    )
    parts = env.list_templates(filter_func=lambda name: name.startswith("components/"))
    for name in parts:
        for macro, body in vars(env.get_template(name).module).items():
            if not macro.startswith("_"):
                setattr(ui, macro, body)
    return env


def icon(name: str, size: str = "") -> Markup:
    """One of the icons of static/icons.svg; decoration only, so the words stand beside it."""
    return Markup(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>'
    ).format(f"icon-{size}" if size else "", asset("icons.svg"), name)


def spark_path(values: list[float], width: int = 96, height: int = 24) -> str:
    """The points of a small line from zero to the largest value."""
    if len(values) < 2:  # noqa: PLR2004 - one value is no line.
        return ""
    top, low = max(*values, 0), min(*values, 0)
    span = (top - low) or 1
    step = width / (len(values) - 1)
    return " ".join(
        f"{i * step:.1f},{2 + (height - 4) * (1 - (v - low) / span):.1f}" for i, v in enumerate(values)
    )


def pattern(text: str) -> str:
    """A pattern that fits the text alone; browsers refuse escapes of signs that need none."""
    return re.sub(r"([\\^$.*+?()\[\]{}|/])", r"\\\1", text)


def cell(value: object, unit: str) -> str:
    """One value in the table beside a chart."""
    if isinstance(value, date):
        return day(value)
    if isinstance(value, float):
        return percent(value, 2) if unit == PERCENT else number(value, 0 if value.is_integer() else 2)
    return number(value) if isinstance(value, int) else str(value)


def render(template: str, *, frame: Frame, page: Any, block: str | None = None) -> str:
    env = environment()
    locale, token = LOCALE.set(_locale(frame)), FORM_TOKEN.set(frame.csrf)
    try:
        loaded = env.get_template(template)
        if block is None or block not in loaded.blocks:
            return loaded.render(frame=frame, page=page)
        context = loaded.new_context({"frame": frame, "page": page})
        return "".join(loaded.blocks[block](context))
    finally:
        LOCALE.reset(locale)
        FORM_TOKEN.reset(token)


def respond(
    request: Request,
    template: str,
    *,
    frame: Frame,
    page: Any,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    body = render(template, frame=frame, page=page, block=wanted_block(request))
    response = HTMLResponse(body, status_code=status, headers=headers)
    response.headers["Vary"] = "HX-Request, HX-Target"
    response.headers["Cache-Control"] = "no-store"
    return response


def wanted_block(request: Request) -> str | None:
    """The id of the element that htmx will fill, where the request asks for a part."""
    partial = request.headers.get("HX-Request-Type") == "partial"
    target = request.headers.get("HX-Target", "").rpartition("#")[2]
    return target.replace("-", "_") if partial and target else None


def _locale(frame: Frame) -> Locale:
    return Locale(
        zone=frame.face.zone if frame.face else "UTC",
        now=frame.clock.now if frame.clock else EPOCH,
        wall=datetime.now(UTC),
    )

"""The home page: what changed, what needs the person who looks, and the main figures."""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from regulars import access, customers, imports, segments
from regulars.console.chart_files import chart_file
from regulars.console.coming import ComingUp, coming_up
from regulars.console.console import pages
from regulars.console.home_figures import Asked, Panel, chart_of, headline, panels
from regulars.console.landmarks import landmarks
from regulars.console.needs import Need, needs
from regulars.console.news import News, Period, news, period
from regulars.console.parts import Figure
from regulars.console.visit import Visit, Visiting, page
from regulars.db import Tx
from regulars.kernel import NotFound

router = pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    at: datetime
    first_name: str
    empty: bool  # Nobody is known yet: it says what to do first.
    figures: tuple[Figure, ...]
    over: Period
    news: tuple[News, ...]
    needs: tuple[Need, ...]
    expects: bool  # Whether there is anything that could come up.
    may_connect: bool
    may_import: bool
    may_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFigures:
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    lines: tuple[ComingUp, ...]


@router.get("/")
def home(visit: Visiting, since: str = "week") -> Response:
    access.require(visit.actor, "figures.view")
    with visit.app.database.transaction() as tx:
        value = made(tx, visit, since)
    return page(visit, "home/home.html", value)


def made(tx: Tx, visit: Visit, since: str) -> Home:
    at, zone = visit.app.now(tx), visit.app.zone
    sizes = segments.sizes(tx)
    marks = landmarks(tx, sizes)
    over = period("day" if since == "day" else "week", at, zone)
    empty = customers.count(tx) == 0
    return Home(
        at=at,
        first_name=visit.actor.name.split(" ")[0],
        empty=empty,
        figures=() if empty else headline(tx, Asked(marks=marks, at=at, zone=zone), sizes),
        over=over,
        news=() if empty else news(tx, marks, over),
        needs=needs(tx, visit.actor, at),
        expects=marks.programme is not None,
        may_connect=access.allows(visit.actor, "sources.draft", kind="source").outcome == "yes",
        may_import=access.allows(visit.actor, imports.permission(None)).outcome == "yes",
        may_draft=access.allows(visit.actor, "segments.draft").outcome == "yes",
    )


@router.get("/home/figures")
def figures(visit: Visiting) -> Response:
    """The plots, which come after the page."""
    access.require(visit.actor, "figures.view")
    with visit.app.database.transaction() as tx:
        value = HomeFigures(panels=panels(tx, _asked(tx, visit)))
    return page(visit, "home/figures.html", value)


@router.get("/home/coming")
def coming(visit: Visiting) -> Response:
    """What comes up, which takes longer to count than the page may."""
    access.require(visit.actor, "figures.view")
    with visit.app.database.transaction() as tx:
        value = Coming(lines=coming_up(tx, _asked(tx, visit)))
    return page(visit, "home/coming.html", value)


@router.get("/home/charts/{key}")
def chart(visit: Visiting, key: str, format: str = "csv") -> Response:  # noqa: A002 - its name in the address
    access.require(visit.actor, "figures.view")
    with visit.app.database.transaction() as tx:
        found = chart_of(tx, _asked(tx, visit), key)
    if found is None:
        raise NotFound(f"The home page has no plot {key[:80]!r}.")
    return chart_file(found, format)


def _asked(tx: Tx, visit: Visit) -> Asked:
    return Asked(marks=landmarks(tx), at=visit.app.now(tx), zone=visit.app.zone)

"""Members and numbers of the area: of the only programme at once, of several by choosing one."""

from dataclasses import dataclass

from starlette.responses import Response

from regulars import access, loyalty
from regulars.console.console import pages
from regulars.console.loyalty_places import loyalty_places
from regulars.console.parts import Tab
from regulars.console.visit import Visit, Visiting, page, redirect

router = pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    title: str
    here: str
    part: str
    places: tuple[Tab, ...]
    lines: tuple[loyalty.ProgrammeLine, ...]


@router.get("/loyalty/members")
def members(visit: Visiting) -> Response:
    return _which(visit, "members", "Members", "everybody who belongs to a programme")


@router.get("/loyalty/metrics")
def metrics(visit: Visiting) -> Response:
    return _which(visit, "metrics", "Metrics", "what the programmes achieve")


def _which(visit: Visit, part: str, title: str, here: str) -> Response:
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        lines, places = tuple(loyalty.programmes(tx)), loyalty_places(part, tx)
    if len(lines) == 1:
        return redirect(visit, f"/loyalty/{lines[0].key}/{part}")
    value = Which(title=title, here=here, part=part, places=places, lines=lines)
    return page(visit, "loyalty/which.html", value)

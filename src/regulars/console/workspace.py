"""The workspace's own settings: a company of one or several people, whose days count, who administers."""

from dataclasses import dataclass, field
from typing import Annotated
from zoneinfo import available_timezones

from fastapi import Form
from starlette.responses import Response

from regulars import access, segments
from regulars.console.console import pages
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import Invalid

router = pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspacePage:
    name: str
    solo: bool
    zone: str
    running_zone: str  # What the processes were started with.
    zones: tuple[tuple[str, str], ...]
    active: int  # How many people may sign in.
    administrators: tuple[access.Person, ...]
    may_manage: bool
    why_not: str
    typed: str = ""  # The zone as it was typed, when it is none.
    errors: dict[str, str] = field(default_factory=dict)


@router.get("/workspace")
def workspace(visit: Visiting) -> Response:
    access.require(visit.actor, "people.view")
    return page(visit, "settings/workspace.html", _value(visit))


@router.post("/workspace/solo")
def set_solo(visit: Visiting, on: Annotated[str, Form()] = "") -> Response:
    wanted = on == "on"
    with visit.app.database.transaction() as tx:
        access.set_solo(tx, visit.actor, wanted, at=visit.app.now(tx))
    said = (
        "This is a company of one now: you may do everything, and look twice at what cannot be undone."
        if wanted
        else "Several people can work here now. Levels decide, and what is above one's level is asked for."
    )
    return redirect(visit, "/workspace", said)


@router.post("/workspace/zone")
def set_zone(visit: Visiting, zone: Annotated[str, Form()] = "") -> Response:
    try:
        with visit.app.database.transaction() as tx:
            access.set_zone(tx, visit.actor, zone.strip(), at=visit.app.now(tx))
            segments.ask_again(tx)  # Days begin at other instants.
    except Invalid as error:
        errors = {finding.path: finding.message for finding in error.findings}
        value = _value(visit, typed=zone, errors=errors)
        return page(visit, "settings/workspace.html", value, status=422)
    said = f"Saved. Days, months and timers follow {zone.strip()} from the next start of Regulars on."
    return redirect(visit, "/workspace", said)


def _value(visit: Visit, *, typed: str = "", errors: dict[str, str] | None = None) -> WorkspacePage:
    manage = access.allows(visit.actor, "workspace.manage")
    with visit.app.database.transaction() as tx:
        solo, zone = access.solo(tx), access.zone(tx)
        people = access.people(tx, active=True)
    return WorkspacePage(
        name=visit.frame.workspace,
        solo=solo,
        zone=zone,
        running_zone=visit.app.zone,
        zones=tuple((name, name.replace("_", " ")) for name in _zones(zone)),
        active=len(people),
        administrators=tuple(one for one in people if _manages(one, solo=solo)),
        may_manage=manage.outcome == "yes",
        why_not=manage.reason,
        typed=typed,
        errors=errors or {},
    )


def _manages(person: access.Person, *, solo: bool) -> bool:
    actor = person.actor("console", solo=solo)
    return access.allows(actor, "workspace.manage").outcome == "yes"


def _zones(kept: str) -> list[str]:
    """The zones of places, with UTC and the one that is set; the others are old names of these."""
    places = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return sorted(places | {"UTC", kept})

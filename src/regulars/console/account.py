"""One's own account: password, sessions, and who stands in."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access
from regulars.console.console import pages
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import Invalid, local_instant, parse_public_id

router = pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class You:
    person: access.Person
    sessions: tuple[access.Standing, ...]
    here: int  # The session of this very visit.
    others: tuple[tuple[str, str], ...]  # Who could stand in: (public id, name).
    deputy: str
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@router.get("/you")
def you(visit: Visiting) -> Response:
    return page(visit, "account/you.html", _you(visit))


@router.post("/you/password")
def change_password(
    visit: Visiting, present: Annotated[str, Form()] = "", chosen: Annotated[str, Form()] = ""
) -> Response:
    app, session = visit.app, visit.visitor.session
    with app.database.transaction() as tx:
        at = app.now(tx)
    try:
        access.change_password(
            app.database, session, present=present, chosen=chosen, at=at, now=app.wall.now()
        )
    except access.WrongCredentials as error:
        value = _you(visit, problem=str(error), errors={"present": str(error)})
        return page(visit, "account/you.html", value, status=422)
    except Invalid as error:
        value = _you(visit, problem=str(error), errors={"chosen": str(error)})
        return page(visit, "account/you.html", value, status=422)
    return redirect(visit, "/you", "Your password is changed, and all your other sessions have ended.")


@router.post("/you/sign-out-elsewhere")
def sign_out_elsewhere(visit: Visiting) -> Response:
    with visit.app.database.transaction() as tx:
        ended = access.end_other_sessions(
            tx, visit.visitor.session, at=visit.app.now(tx), now=visit.app.wall.now()
        )
    return redirect(visit, "/you", f"Signed out elsewhere: {ended} session{'' if ended == 1 else 's'} ended.")


@router.post("/you/deputy")
def set_deputy(
    visit: Visiting, deputy: Annotated[str, Form()] = "", until: Annotated[str, Form()] = ""
) -> Response:
    """Name who decides in one's place up to the end of a day; nobody ends it."""
    try:
        with visit.app.database.transaction() as tx:
            access.set_deputy(
                tx,
                visit.actor,
                visit.actor.person_id,
                parse_public_id("per", deputy) if deputy else None,
                ends_at=_end_of(until, visit.app.zone) if deputy else None,
                at=visit.app.now(tx),
            )
    except Invalid as error:
        errors = {finding.path: finding.message for finding in error.findings}
        return page(visit, "account/you.html", _you(visit, problem=str(error), errors=errors), status=422)
    return redirect(visit, "/you", "Your deputy is set." if deputy else "Nobody stands in for you now.")


def _end_of(until: str, zone: str) -> datetime | None:
    try:
        day = datetime.fromisoformat(until).date()
    except ValueError:
        return None
    return local_instant(day + timedelta(days=1), time(), zone)


def _you(visit: Visit, *, problem: str = "", errors: dict[str, str] | None = None) -> You:
    session = visit.visitor.session
    number = session.standing.person_id
    with visit.app.database.transaction() as tx:
        everybody = access.people(tx, active=True)
        me = access.person(tx, number)
        sessions = access.sessions_of(tx, number, visit.app.wall.now())
    names = {one.person_id: one for one in everybody}
    deputy = names.get(me.deputy_id or 0)
    others = tuple((one.public_id, one.name) for one in everybody if one.person_id != number)
    return You(
        person=me,
        sessions=tuple(sessions),
        here=session.session_id,
        others=(("", "Nobody"), *others),
        deputy=deputy.public_id if deputy else "",
        problem=problem,
        errors=errors or {},
    )

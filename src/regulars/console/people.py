"""People: who works here, at which level and in which function."""

from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access
from regulars.console.console import pages
from regulars.console.parts import Column
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import Finding, Invalid, parse_public_id

router = pages()
LEVEL_CHOICES = tuple((str(level), words) for level, words in access.LEVELS.items())
FUNCTION_CHOICES = tuple((name, access.function_words(name)) for name in access.FUNCTIONS)
COLUMNS = (
    Column(title="Name"),
    Column(title="Level"),
    Column(title="Function"),
    Column(title="Scope"),
    Column(title="State"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleList:
    people: tuple[access.Person, ...]
    columns: tuple[Column, ...]
    solo: bool
    may_manage: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonForm:
    """A person to add or change, with what was typed and what is wrong with it."""

    public_id: str = ""  # Empty for a new one.
    name: str = ""
    email: str = ""
    level: str = "3"
    function: str = "marketing"
    scope: str = ""
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    levels: tuple[tuple[str, str], ...] = LEVEL_CHOICES
    functions: tuple[tuple[str, str], ...] = FUNCTION_CHOICES


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    person: access.Person
    form: PersonForm
    sessions: tuple[access.Standing, ...]
    deputy: str
    may_manage: bool
    is_self: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    person: access.Person
    link: str


@router.get("/people")
def people(visit: Visiting) -> Response:
    access.require(visit.actor, "people.view")
    manage = access.allows(visit.actor, "people.manage")
    with visit.app.database.transaction() as tx:
        value = PeopleList(
            people=tuple(access.people(tx)),
            columns=COLUMNS,
            solo=access.solo(tx),
            may_manage=manage.outcome == "yes",
            why_not=manage.reason,
        )
    return page(visit, "people/list.html", value)


@router.get("/people/new")
def new_person(visit: Visiting) -> Response:
    access.require(visit.actor, "people.manage")
    return page(visit, "people/new.html", PersonForm())


@router.post("/people")
def add_person(
    visit: Visiting,
    name: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
    level: Annotated[str, Form()] = "",
    function: Annotated[str, Form()] = "",
    scope: Annotated[str, Form()] = "",
) -> Response:
    """Add somebody and show their invitation once."""
    typed = PersonForm(name=name, email=email, level=level, function=function, scope=scope)
    app = visit.app
    try:
        with app.database.transaction() as tx:
            at = app.now(tx)
            added = access.add_person(
                tx,
                visit.actor,
                email=email,
                name=name,
                level=level_of(level),
                function=function,
                scope=scope.strip() or None,
                at=at,
            )
            token = access.invite(tx, visit.actor, added.person_id, at=at, now=app.wall.now())
    except (Invalid, access.EmailTaken) as error:
        return page(visit, "people/new.html", with_problem(typed, error), status=422)
    return _show_invitation(visit, added, token)


@router.get("/people/{person_id}")
def person(visit: Visiting, person_id: str) -> Response:
    access.require(visit.actor, "people.view")
    return _person_page(visit, parse_public_id("per", person_id))


@router.post("/people/{person_id}")
def change_person(
    visit: Visiting,
    person_id: str,
    name: Annotated[str, Form()] = "",
    level: Annotated[str, Form()] = "",
    function: Annotated[str, Form()] = "",
    scope: Annotated[str, Form()] = "",
) -> Response:
    number = parse_public_id("per", person_id)
    typed = PersonForm(public_id=person_id, name=name, level=level, function=function, scope=scope)
    try:
        with visit.app.database.transaction() as tx:
            after = access.change_person(
                tx,
                visit.actor,
                number,
                name=name,
                level=level_of(level),
                function=function,
                scope=scope.strip() or None,
                at=visit.app.now(tx),
            )
    except Invalid as error:
        return _person_page(visit, number, with_problem(typed, error), status=422)
    said = f"Saved. {after.name} {after.level_words} in {access.function_words(after.function)}."
    return redirect(visit, f"/people/{person_id}", said)


@router.post("/people/{person_id}/invite")
def invite(visit: Visiting, person_id: str) -> Response:
    with visit.app.database.transaction() as tx:
        number = parse_public_id("per", person_id)
        token = access.invite(tx, visit.actor, number, at=visit.app.now(tx), now=visit.app.wall.now())
        who = access.person(tx, number)
    return _show_invitation(visit, who, token)


@router.post("/people/{person_id}/deactivate")
def deactivate(visit: Visiting, person_id: str, confirm: Annotated[str, Form()] = "") -> Response:
    number = parse_public_id("per", person_id)
    with visit.app.database.transaction() as tx:
        who = access.person(tx, number)
        if confirm.strip() != who.name:
            raise Invalid(f"To shut {who.name} out, type exactly that name; {confirm[:60]!r} was typed.")
        access.deactivate(tx, visit.actor, number, at=visit.app.now(tx), now=visit.app.wall.now())
    return redirect(visit, f"/people/{person_id}", f"{who.name} is shut out. All their sessions have ended.")


@router.post("/people/{person_id}/reactivate")
def reactivate(visit: Visiting, person_id: str) -> Response:
    with visit.app.database.transaction() as tx:
        who = access.reactivate(tx, visit.actor, parse_public_id("per", person_id), at=visit.app.now(tx))
    return redirect(visit, f"/people/{person_id}", f"{who.name} may sign in again.")


def level_of(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) == 1 else 0


def with_problem(typed: PersonForm, error: Exception) -> PersonForm:
    findings: tuple[Finding, ...] = getattr(error, "findings", ())
    errors = {finding.path: finding.message for finding in findings}
    if isinstance(error, access.EmailTaken):
        errors = {"email": str(error)}
    return replace(typed, problem=str(error), errors=errors)


def _show_invitation(visit: Visit, who: access.Person, token: str) -> Response:
    link = f"{visit.app.settings.address}/invitation/{token}"
    return page(visit, "people/invited.html", Invited(person=who, link=link))


def _person_page(
    visit: Visit, number: int, typed: PersonForm | None = None, *, status: int = 200
) -> Response:
    may_manage = access.allows(visit.actor, "people.manage").outcome == "yes"
    with visit.app.database.transaction() as tx:
        who = access.person(tx, number)
        deputy = access.person(tx, who.deputy_id).name if who.deputy_id else ""
        now = visit.app.wall.now()
        sessions = access.sessions_of(tx, number, now) if may_manage else []
    form = typed or PersonForm(
        public_id=who.public_id,
        name=who.name,
        email=who.email,
        level=str(who.level),
        function=who.function,
        scope=who.scope or "",
    )
    value = PersonPage(
        person=who,
        form=form,
        sessions=tuple(sessions),
        deputy=deputy,
        may_manage=may_manage,
        is_self=visit.actor.person_id == number,
    )
    return page(visit, "people/person.html", value, status=status)

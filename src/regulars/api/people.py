"""The people who work here."""

from typing import Annotated, Any

from pydantic import Field

from regulars import access
from regulars.api.calling import Calling, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import Flag, In, Instant, Line, Out, Page, Scope, id_in_path, id_type
from regulars.kernel import parse_public_id

router = resource("people")
PersonInPath = Annotated[str, id_in_path("per", "the person")]
CHANGES = documented(400, 409, 413, 415)
Level = Annotated[int, Field(ge=1, le=7, description="1 follows … 7 sets strategy.", examples=[3])]
Function = Annotated[str, Field(examples=["marketing"], json_schema_extra={"enum": list(access.FUNCTIONS)})]


class Person(Out):
    id: Annotated[str, id_type("per", "a person")]
    email: str = Field(examples=["ana@company.example"])
    name: str = Field(examples=["Ana Lima"])
    level: Level
    level_words: str = Field(examples=["applies"])
    function: Function
    scope: str | None = Field(description="Null is everything.")
    active: bool
    has_password: bool = Field(description="False until the invitation is accepted.")
    created_at: Instant


class Adding(In):
    email: Line = Field(examples=["ana@company.example"])
    name: Line = Field(min_length=1, examples=["Ana Lima"])
    level: Level
    function: Function
    scope: Scope | None = None


class Changing(In):
    name: Line = Field(min_length=1, examples=["Ana Lima"])
    level: Level
    function: Function
    scope: Scope | None = None


def _shown(found: access.Person) -> Person:
    plain: dict[str, Any] = {n: getattr(found, n) for n in Person.model_fields if n != "id"}
    return Person(id=found.public_id, **plain)


@router.get("/people", openapi_extra=permission("people.view"))
def list_people(call: Calling, active: Flag | None = None) -> Page[Person]:
    """Everybody, by name."""
    with call.enter() as entered:
        return Page(items=tuple(_shown(one) for one in access.people(entered.tx, active=active)))


@router.get("/people/{person}", openapi_extra=permission("people.view"))
def get_person(call: Calling, person: PersonInPath) -> Person:
    """One person."""
    with call.enter() as entered:
        return _shown(access.person(entered.tx, parse_public_id("per", person)))


@router.post("/people", status_code=201, openapi_extra=permission("people.manage"), responses=CHANGES)
def add_person(call: Calling, body: Adding) -> Person:
    """Add somebody, without a password: they choose it by the invitation that the console gives out."""
    with call.enter() as entered:
        return _shown(access.add_person(entered.tx, entered.actor, **dict(body), at=entered.at))


@router.put("/people/{person}", openapi_extra=permission("people.manage"), responses=CHANGES)
def change_person(call: Calling, person: PersonInPath, body: Changing) -> Person:
    """Set name, level, function and scope; nobody changes what they themselves may do."""
    with call.enter() as entered:
        person_id = parse_public_id("per", person)
        return _shown(access.change_person(entered.tx, entered.actor, person_id, **dict(body), at=entered.at))


@router.post(
    "/people/{person}/deactivate", openapi_extra=permission("people.manage"), responses=documented(409)
)
def deactivate(call: Calling, person: PersonInPath) -> Person:
    """Shut somebody out at once; what they did stays."""
    with call.enter() as entered:
        person_id = parse_public_id("per", person)
        return _shown(access.deactivate(entered.tx, entered.actor, person_id, at=entered.at, now=entered.now))


@router.post(
    "/people/{person}/reactivate", openapi_extra=permission("people.manage"), responses=documented(409)
)
def reactivate(call: Calling, person: PersonInPath) -> Person:
    """Let somebody in again."""
    with call.enter() as entered:
        person_id = parse_public_id("per", person)
        return _shown(access.reactivate(entered.tx, entered.actor, person_id, at=entered.at))

"""API keys: for programs; the secret is shown once."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal, cast

from fastapi import Form
from starlette.responses import Response

from regulars import access
from regulars.console.console import pages
from regulars.console.parts import Column
from regulars.console.people import FUNCTION_CHOICES, LEVEL_CHOICES, level_of
from regulars.console.visit import Visiting, page, redirect
from regulars.kernel import Invalid, parse_public_id

router = pages()
COLUMNS = (
    Column(title="Name"),
    Column(title="What it may"),
    Column(title="Answered for by"),
    Column(title="Last used"),
    Column(title="State"),
    Column(title="Revoke", hidden_title=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyForm:
    name: str = ""
    kind: str = "tracking"
    level: str = "3"
    function: str = "marketing"
    scope: str = ""
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    levels: tuple[tuple[str, str], ...] = LEVEL_CHOICES
    functions: tuple[tuple[str, str], ...] = FUNCTION_CHOICES


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyList:
    keys: tuple[access.Key, ...]
    columns: tuple[Column, ...]
    may_manage: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    key: access.Key
    text: str


@router.get("/keys")
def keys(visit: Visiting) -> Response:
    access.require(visit.actor, "keys.view")
    manage = access.allows(visit.actor, "keys.manage")
    with visit.app.database.transaction() as tx:
        found = tuple(access.keys(tx))
    value = KeyList(keys=found, columns=COLUMNS, may_manage=manage.outcome == "yes", why_not=manage.reason)
    return page(visit, "keys/list.html", value)


@router.get("/keys/new")
def new_key(visit: Visiting) -> Response:
    access.require(visit.actor, "keys.manage")
    return page(visit, "keys/new.html", KeyForm())


@router.post("/keys")
def make_key(
    visit: Visiting,
    name: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
    level: Annotated[str, Form()] = "",
    function: Annotated[str, Form()] = "",
    scope: Annotated[str, Form()] = "",
) -> Response:
    typed = KeyForm(name=name, kind=kind, level=level, function=function, scope=scope)
    acts = kind == "api"
    try:
        with visit.app.database.transaction() as tx:
            made = access.make_key(
                tx,
                visit.actor,
                name=name,
                kind=cast(Literal["api", "tracking"], kind),
                level=level_of(level) if acts else None,
                function=function if acts else None,
                scope=scope.strip() or None,
                at=visit.app.now(tx),
            )
    except Invalid as error:
        errors = {finding.path: finding.message for finding in error.findings}
        wrong = replace(typed, problem=str(error), errors=errors)
        return page(visit, "keys/new.html", wrong, status=422)
    return page(visit, "keys/made.html", MadeKey(key=made.key, text=made.text))


@router.post("/keys/{key_id}/revoke")
def revoke(visit: Visiting, key_id: str, confirm: Annotated[str, Form()] = "") -> Response:
    number = parse_public_id("key", key_id)
    with visit.app.database.transaction() as tx:
        key = access.key(tx, number)
        if confirm.strip() != key.name.strip():
            raise Invalid(f"To revoke it, type exactly {key.name}; {confirm[:60]!r} was typed.")
        at = visit.app.now(tx)
        access.revoke_key(tx, visit.actor, number, at=at, now=visit.app.wall.now())
    return redirect(visit, "/keys", f"The key “{key.name}” is revoked: programs that use it are refused now.")

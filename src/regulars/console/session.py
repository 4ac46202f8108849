"""Setting up the first person, invitations, signing in and out, and how the console looks to oneself."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated

from fastapi import Form
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from regulars.console.console import pages
from regulars.console.frame import Door
from regulars.console.problems import problem_of
from regulars.console.rendering import respond
from regulars.console.security import check_form, new_secret, visitor_csrf
from regulars.console.visit import THEMES, Visiting, frame_of, own_path, send_on
from regulars.kernel import Forbidden, Invalid, NotSignedIn, TooMany

if TYPE_CHECKING:
    from regulars.console.console import Console

router = pages()
VISITOR_COOKIE = "regulars-visitor"
YEAR_S = 31_536_000
WEEK_S = 604_800  # As long as a session can last.
SIGN_IN, SET_UP, INVITATION = "session/sign_in.html", "session/set_up.html", "session/invitation.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A form of somebody without a session, with what was typed and what is wrong with it."""

    next: str = "/"
    code: str = ""
    name: str = ""
    email: str = ""
    solo: bool = False
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)  # By field.


@router.get("/sign-in")
def sign_in_form(request: Request, next: str = "/") -> Response:  # noqa: A002 - its name in the address.
    if _console(request).gate.needs_first_person():
        return RedirectResponse("/set-up", status_code=303)
    return _form(request, SIGN_IN, Entry(next=own_path(next)))


@router.post("/sign-in")
async def sign_in(
    request: Request,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the field's name in the form.
) -> Response:
    await _check(request)
    entry = Entry(next=own_path(next), email=email.strip())
    gate = _console(request).gate
    try:
        token = await run_in_threadpool(gate.sign_in, door(request), email=entry.email, password=password)
    except (NotSignedIn, TooMany) as error:
        return _refused(request, SIGN_IN, entry, error)
    return _signed_in(request, token, entry.next)


@router.get("/set-up")
def set_up_form(request: Request, code: str = "") -> Response:
    if not _console(request).gate.needs_first_person():
        return RedirectResponse("/sign-in", status_code=303)
    return _form(request, SET_UP, Entry(code=code))


@router.post("/set-up")
async def set_up(
    request: Request,
    code: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    solo: Annotated[str, Form()] = "",
) -> Response:
    await _check(request)
    entry = Entry(code=code.strip(), name=name.strip(), email=email.strip(), solo=bool(solo))
    gate = _console(request).gate
    try:
        token = await run_in_threadpool(
            gate.set_up,
            door(request),
            code=entry.code,
            name=entry.name,
            email=entry.email,
            password=password,
            solo=entry.solo,
        )
    except (Invalid, Forbidden, TooMany) as error:
        return _refused(request, SET_UP, entry, error)
    return _signed_in(request, token, "/")


@router.get("/invitation/{invitation}")
def invitation_form(request: Request, invitation: str) -> Response:
    return _form(request, INVITATION, Entry(name=_console(request).gate.invited(invitation)))


@router.post("/invitation/{invitation}")
async def accept_invitation(
    request: Request, invitation: str, password: Annotated[str, Form()] = ""
) -> Response:
    await _check(request)
    gate = _console(request).gate
    try:
        token = await run_in_threadpool(gate.accept, door(request), token=invitation, password=password)
    except (Invalid, TooMany) as error:
        name = await run_in_threadpool(gate.invited, invitation)
        return _refused(request, INVITATION, Entry(name=name), error)
    return _signed_in(request, token, "/")


@router.post("/sign-out")
def sign_out(visit: Visiting) -> Response:
    name = visit.console.cookie(visit.request)
    visit.console.gate.sign_out(visit.request.cookies.get(name, ""))
    response = send_on(visit.request, "/sign-in")
    response.delete_cookie(name, path="/", secure=_tls(visit.request), httponly=True, samesite="lax")
    return response


@router.post("/look")
def look(
    visit: Visiting,
    theme: Annotated[str | None, Form()] = None,
    nav: Annotated[str | None, Form()] = None,
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Light, dark or automatic; the areas folded or open. Kept in the browser."""
    response = send_on(visit.request, own_path(back))
    if theme in THEMES:
        response.set_cookie("regulars-theme", theme, max_age=YEAR_S, path="/", samesite="lax")
    if nav in {"open", "folded"}:
        response.set_cookie("regulars-nav", nav, max_age=YEAR_S, path="/", samesite="lax")
    return response


def door(request: Request) -> Door:
    """Where the request comes from, for the limit on tries and the list of sessions."""
    address = request.client.host if request.client else "unknown"
    return Door(address=address, agent=request.headers.get("User-Agent", ""))


def _console(request: Request) -> "Console":
    console: Console = request.state.console
    return console


async def _check(request: Request) -> None:
    await check_form(request, visitor_csrf(request.cookies.get(VISITOR_COOKIE, "")))


def _refused(request: Request, template: str, entry: Entry, error: Exception) -> Response:
    """The same form again: what was typed stays, the reason stands on top or at its field."""
    problem = problem_of(error)
    errors = {finding.path: finding.message for finding in problem.findings}
    entry = replace(entry, problem=problem.text, errors=errors)
    return _form(request, template, entry, status=problem.status, headers=problem.headers)


def _form(
    request: Request,
    template: str,
    entry: Entry,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """A form for somebody without a session: its token is bound to a cookie of its own."""
    cookie = request.cookies.get(VISITOR_COOKIE) or new_secret()
    frame = frame_of(request, _console(request), None, visitor_csrf(cookie))
    response = respond(request, template, frame=frame, page=entry, status=status, headers=headers)
    response.set_cookie(VISITOR_COOKIE, cookie, path="/", httponly=True, samesite="lax", secure=_tls(request))
    return response


def _signed_in(request: Request, token: str, to: str) -> Response:
    response = send_on(request, to)
    name = _console(request).cookie(request)
    response.set_cookie(
        name, token, max_age=WEEK_S, path="/", httponly=True, samesite="lax", secure=_tls(request)
    )
    return response


def _tls(request: Request) -> bool:
    return request.url.scheme == "https"

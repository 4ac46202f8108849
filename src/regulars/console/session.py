"""Setting up the first person, signing in and out, and how the console looks to oneself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Form
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from regulars.console.console import pages
from regulars.console.rendering import respond
from regulars.console.security import check_form, new_secret
from regulars.console.visit import THEMES, Visiting, frame_of, own_path, send_on
from regulars.kernel import Invalid, NotSignedIn, TooMany

if TYPE_CHECKING:
    from regulars.console.console import Console

router = pages()
VISITOR_COOKIE = "regulars-visitor"
YEAR_S = 31_536_000
TWO_WEEKS_S = 1_209_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The sign-in or set-up form, with what was typed and what is wrong with it."""

    next: str = "/"
    name: str = ""
    email: str = ""
    problem: str = ""
    errors: dict[str, str] | None = None


@router.get("/sign-in")
def sign_in_form(request: Request, next: str = "/") -> Response:  # noqa: A002 - the parameter's name in the address.
    if _console(request).gate.needs_first_person():
        return RedirectResponse("/set-up", status_code=303)
    return _form(request, "session/sign_in.html", Entry(next=own_path(next)))


@router.post("/sign-in")
async def sign_in(
    request: Request,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the field's name in the form.
) -> Response:
    await check_form(request, request.cookies.get(VISITOR_COOKIE, ""))
    gate = _console(request).gate
    try:
        token = await run_in_threadpool(
            gate.sign_in, email=email.strip(), password=password, address=address_of(request)
        )
    except (NotSignedIn, TooMany) as error:
        status = 429 if isinstance(error, TooMany) else 401
        entry = Entry(next=own_path(next), email=email.strip(), problem=str(error))
        return _form(request, "session/sign_in.html", entry, status=status)
    return _signed_in(request, token, own_path(next))


@router.get("/set-up")
def set_up_form(request: Request) -> Response:
    if not _console(request).gate.needs_first_person():
        return RedirectResponse("/sign-in", status_code=303)
    return _form(request, "session/set_up.html", Entry())


@router.post("/set-up")
async def set_up(
    request: Request,
    name: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    await check_form(request, request.cookies.get(VISITOR_COOKIE, ""))
    gate = _console(request).gate
    try:
        token = await run_in_threadpool(
            gate.set_up,
            name=name.strip(),
            email=email.strip(),
            password=password,
            address=address_of(request),
        )
    except Invalid as error:
        errors = {finding.path: finding.message for finding in error.findings}
        entry = Entry(name=name.strip(), email=email.strip(), problem=str(error), errors=errors)
        return _form(request, "session/set_up.html", entry, status=422)
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


def address_of(request: Request) -> str:
    """Where the request comes from, for the limit on tries."""
    return request.client.host if request.client else "unknown"


def _console(request: Request) -> "Console":
    console: Console = request.state.console
    return console


def _form(request: Request, template: str, entry: Entry, *, status: int = 200) -> Response:
    """A form for somebody without a session: its token is bound to a cookie of its own."""
    cookie = request.cookies.get(VISITOR_COOKIE) or new_secret()
    frame = frame_of(request, _console(request), None, cookie)
    response = respond(request, template, frame=frame, page=entry, status=status)
    response.set_cookie(VISITOR_COOKIE, cookie, path="/", httponly=True, samesite="lax", secure=_tls(request))
    return response


def _signed_in(request: Request, token: str, to: str) -> Response:
    response = send_on(request, to)
    response.set_cookie(
        _console(request).cookie(request),
        token,
        max_age=TWO_WEEKS_S,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_tls(request),
    )
    return response


def _tls(request: Request) -> bool:
    return request.url.scheme == "https"

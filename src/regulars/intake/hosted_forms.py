"""Hosted forms: pages of their own for people who are nobody's customer yet, without script or cookie."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from regulars import definitions, forms
from regulars.app import App
from regulars.db import Tx
from regulars.forms import FORM, Form
from regulars.http_status import status_of
from regulars.kernel import Invalid, NotFound, RegularsError

HERE = Path(__file__).parent
BODY_MAX = 65_536
ANSWERS_MAX = 200
STYLE = "/f/form.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    key: str
    form: Form
    token: str
    typed: Mapping[str, list[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    title: str
    email: str
    action: str


@cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates" / "forms"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.globals.update(style=STYLE, trap=forms.TRAP)
    return env


def show(template: str, page: object, status: int = 200) -> Response:
    text = environment().get_template(template).render(page=page)
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})


async def typed_in(request: Request) -> dict[str, list[str]] | str:
    """What was sent, read no further than a form can be long; or what is wrong with it."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            return f"A form holds at most {BODY_MAX:,} bytes; this one is longer."
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=ANSWERS_MAX)
    except ValueError:
        return f"A form holds at most {ANSWERS_MAX} answers; this one has more."


Typed = Annotated[dict[str, list[str]] | str, Depends(typed_in)]


def create_forms(app: App) -> APIRouter:
    """The pages under /f/ of one workspace."""
    router = APIRouter(prefix="/f", include_in_schema=False)

    @router.get("/form.css")
    def style() -> Response:
        text = (HERE / "templates" / "forms" / "form.css").read_text(encoding="utf-8")
        return Response(text, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    @router.get("/{key}")
    def form(key: str) -> Response:
        return guarded(lambda: show("form.html", empty(app, key)))

    @router.post("/{key}")
    def answer(key: str, request: Request, typed: Typed) -> Response:
        return guarded(lambda: take(app, key, request, typed))

    @router.get("/{key}/thanks")
    def thanks(key: str) -> Response:
        return guarded(lambda: show("words.html", words(app, key, "thanks")))

    @router.get("/{key}/confirm/{token}")
    def confirming(key: str, token: str) -> Response:
        """A page with a button: programs that only follow links confirm nothing."""
        return guarded(lambda: ask(app, key, token))

    @router.post("/{key}/confirm/{token}")
    def confirmed(key: str, token: str, request: Request) -> Response:
        return guarded(lambda: confirm(app, key, token, request))

    return router


def empty(app: App, key: str) -> FormPage:
    with app.database.transaction() as tx:
        found = live(tx, key)
        token = forms.opened(forms.secret(tx), key, app.wall.now())
    return FormPage(key=key, form=found, token=token)


def live(tx: Tx, key: str) -> Form:
    found = definitions.live(tx, FORM, key)
    if found is None:
        raise NotFound("This form is not there any more.")
    return found.body


def take(app: App, key: str, request: Request, typed: dict[str, list[str]] | str) -> Response:
    if isinstance(typed, str):
        raise Invalid(typed)
    sent = forms.Sent(
        typed=typed,
        token=(typed.get("token") or [""])[0],
        address=request.client.host if request.client else "",
    )
    try:
        with app.database.transaction() as tx:
            forms.submit(tx, key, sent, at=app.now(tx), now=app.wall.now())
    except Invalid as wrong:
        errors = {finding.path: finding.message for finding in wrong.findings}
        with app.database.transaction() as tx:
            found = live(tx, key)
        again = FormPage(
            key=key, form=found, token=sent.token, typed=typed, errors=errors, problem=str(wrong)
        )
        return show("form.html", again, status=422)
    return RedirectResponse(f"/f/{key}/thanks", status_code=303)


def words(app: App, key: str, which: str) -> Words:
    with app.database.transaction() as tx:
        found = live(tx, key)
    return Words(title=found.title, text=getattr(found, which))


def ask(app: App, key: str, token: str) -> Response:
    with app.database.transaction() as tx:
        found, form = asked(tx, key, token)
    if found.state == "confirmed":
        return show("words.html", Words(title=form.title, text=form.confirmed))
    page = Confirmation(title=form.title, email=found.email or "", action=f"/f/{key}/confirm/{token}")
    return show("confirm.html", page)


def asked(tx: Tx, key: str, token: str) -> tuple[forms.Submission, Form]:
    found = forms.awaiting(tx, token)
    if found.form_key != key:
        raise NotFound("This link is not complete. Open it again from the message, as a whole.")
    return found, definitions.get(tx, FORM, found.form_key, found.version).body


def confirm(app: App, key: str, token: str, request: Request) -> Response:
    with app.database.transaction() as tx:
        _found, form = asked(tx, key, token)
        address = request.client.host if request.client else ""
        forms.confirm(tx, token, app.now(tx), address=address)
    return show("words.html", Words(title=form.title, text=form.confirmed))


def guarded(act: Callable[[], Response]) -> Response:
    """An error in words, without the console's frame: whoever reads it works elsewhere."""
    try:
        return act()
    except RegularsError as error:
        status, title = status_of(error)
        return show("words.html", Words(title=title, text=str(error)), status=status)

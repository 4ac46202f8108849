"""Asking for a link: by typing an address, which tells nobody whether it is known, or by an older link."""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from regulars import customers, preferences
from regulars.app import App
from regulars.intake.hosted_forms import Typed
from regulars.intake.preferences_form import Fields, address_of, first
from regulars.intake.preferences_pages import HEADERS, TRAP, Asking, show, spoken
from regulars.kernel import Invalid, local_day
from regulars.preferences import PLACE, Asked

ABOUT = "ask"
UNPROCESSABLE = 422
Guarded = Callable[[Request, Callable[[], Response]], Response]


def add(router: APIRouter, app: App, guarded: Guarded) -> None:
    @router.get("/")
    def asking(request: Request) -> Response:
        return guarded(request, lambda: ask(app, request))

    @router.post("/")
    def asked(request: Request, typed: Typed) -> Response:
        return guarded(request, lambda: take(app, request, typed))

    @router.post("/{token}/link")
    def again(token: str, request: Request) -> Response:
        return guarded(request, lambda: send_again(app, token, request))


def ask(app: App, request: Request, *, typed: str = "", problem: str = "") -> Response:
    with app.database.transaction() as tx:
        centre = preferences.centre_of(tx).body
        nonce = preferences.opened(preferences.key(tx), ABOUT, app.wall.now())
    words = spoken(request, centre)
    said = request.query_params.get("said") == "link"
    view = Asking(
        words=words,
        centre=centre,
        title=words("ask_title"),
        nonce=nonce,
        typed=typed,
        problem=words(problem) if problem else "",
        notice=words("link_sent") if said and not problem else "",
    )
    return show("asking.html", view, status=UNPROCESSABLE if problem else 200)


def take(app: App, request: Request, typed: dict[str, list[str]] | str) -> Response:
    """The same answer for every address, known or not."""
    if isinstance(typed, str):
        raise Invalid(typed)
    address, now = first(typed, "address"), app.wall.now()
    if not isinstance(customers.normalise("email", address), str):
        return ask(app, request, typed=address[:200], problem="ask_wrong")
    with app.database.transaction() as tx:
        opened = preferences.read_opened(preferences.key(tx), ABOUT, first(typed, "nonce"))
        if opened is None or now - opened[1] > preferences.OPEN_FOR:
            return ask(app, request, typed=address, problem="page_old")
        if now - opened[1] >= preferences.FILLED_AFTER and not _trapped(typed):
            language = spoken(request, preferences.centre_of(tx).body).language
            asked = Asked(nonce=opened[0], origin=address_of(request) or "", language=language, now=now)
            preferences.ask_by_address(tx, address, asked)
            preferences.count_visit(tx, "link", local_day(app.now(tx), app.zone))
    return RedirectResponse(f"{PLACE}/?said=link{_language(request)}", status_code=303, headers=HEADERS)


def send_again(app: App, token: str, request: Request) -> Response:
    """To the address on file, and to no other."""
    now = app.wall.now()
    with app.database.transaction() as tx:
        holder = preferences.hold_link(tx, token, now)
        page = preferences.page_of(
            tx, holder, [request.query_params.get("language", "")], at=app.now(tx), now=now, zone=app.zone
        )
        nonce = preferences.opened(preferences.key(tx), ABOUT, now)
        asked = Asked(nonce=nonce, origin=address_of(request) or "", language=page.words.language, now=now)
        preferences.ask_by_link(tx, holder, asked)
        preferences.count_visit(tx, "link", local_day(app.now(tx), app.zone))
    to = f"{PLACE}/{token}?said=link{_language(request)}"
    return RedirectResponse(to, status_code=303, headers=HEADERS)


def _trapped(typed: Fields) -> bool:
    return any(one.strip() for one in typed.get(TRAP, ()))


def _language(request: Request) -> str:
    asked = request.query_params.get("language", "")
    return f"&language={asked}" if asked in preferences.LANGUAGES else ""

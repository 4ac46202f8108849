"""Coming to the member page: by a link, by typing an address, and opening it on a device once for all."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from regulars import customers, portal, preferences
from regulars.app import App
from regulars.db import Tx
from regulars.intake.hosted_forms import Typed
from regulars.intake.member_page_frames import Frame, Opening, Stranger, asked, frame_of, go, show
from regulars.intake.preferences_form import Fields, address_of, first
from regulars.intake.preferences_pages import TRAP
from regulars.kernel import Invalid
from regulars.portal import COOKIE, GOOD_FOR
from regulars.preferences import MEMBER_PLACE, Asked, LinkTooOld

ABOUT = "ask-member"
UNPROCESSABLE = 422
Guarded = Callable[[Request, Callable[[], Response]], Response]


def add(router: APIRouter, app: App, guarded: Guarded) -> None:
    @router.post("/")
    def typed_in(request: Request, typed: Typed) -> Response:
        return guarded(request, lambda: take(app, request, typed))

    @router.get("/{token}")
    def page(token: str, request: Request) -> Response:
        return guarded(request, lambda: come(app, token, request))

    @router.post("/{token}/link")
    def again(token: str, request: Request) -> Response:
        return guarded(request, lambda: send(app, token, request))

    @router.post("/{token}/open")
    def opened(token: str, request: Request, typed: Typed) -> Response:
        return guarded(request, lambda: open_here(app, token, request, typed))


def ask(
    tx: Tx, request: Request, frame: Frame, now: datetime, *, typed: str = "", problem: str = ""
) -> Response:
    said = asked(request, "said") == "link" and not problem
    view = Stranger(
        frame=frame,
        nonce=preferences.opened(preferences.key(tx), ABOUT, now),
        typed=typed,
        problem=frame.words(problem) if problem else "",
        notice=frame.words("link_sent") if said else "",
    )
    return show("asking.html", view, status=UNPROCESSABLE if problem else 200)


def take(app: App, request: Request, typed: dict[str, list[str]] | str) -> Response:
    """The same answer for every address, of a member or not."""
    if isinstance(typed, str):
        raise Invalid(typed)
    address, now = first(typed, "address"), app.wall.now()
    with app.database.transaction() as tx:
        frame = frame_of(tx, request)
        if not isinstance(customers.normalise("email", address), str):
            return ask(tx, request, frame, now, typed=address[:200], problem="ask_wrong")
        opened = preferences.read_opened(preferences.key(tx), ABOUT, first(typed, "nonce"))
        if opened is None or now - opened[1] > preferences.OPEN_FOR:
            return ask(tx, request, frame, now, typed=address, problem="page_old")
        if now - opened[1] >= preferences.FILLED_AFTER and not _trapped(typed):
            preferences.ask_by_address(tx, address, _asking(request, frame, opened[0], now))
    return go(request, said="link")


def come(app: App, token: str, request: Request) -> Response:
    """A link shows nothing by itself; on a device of its holder it leads to the page."""
    now = app.wall.now()
    with app.database.transaction() as tx:
        holder = preferences.hold_link(tx, token, now)
        visitor = portal.visitor_of(tx, request.cookies.get(COOKIE), now)
        if visitor is not None and visitor.customer.customer_id == holder.customer.customer_id:
            return go(request)
        frame = frame_of(tx, request)
        if portal.is_open(tx, holder):
            nonce = preferences.opened(preferences.key(tx), _opening(token), now)
            return show("opening.html", Opening(frame=frame, token=token, nonce=nonce, days=GOOD_FOR.days))
        view = Stranger(
            frame=frame,
            token=token,
            sent_to=portal.masked_address(holder.customer.email),
            is_shared=bool(holder.sharers) and holder.link.use == "member",
            notice=frame.words("link_sent") if asked(request, "said") == "link" else "",
        )
    return show("stranger.html", view)


def send(app: App, token: str, request: Request) -> Response:
    """To the address on file, and to no other."""
    now = app.wall.now()
    with app.database.transaction() as tx:
        holder = preferences.hold_link(tx, token, now)
        nonce = preferences.opened(preferences.key(tx), ABOUT, now)
        preferences.ask_by_link(tx, holder, _asking(request, frame_of(tx, request), nonce, now))
    return go(request, f"/{token}", said="link")


def open_here(app: App, token: str, request: Request, typed: dict[str, list[str]] | str) -> Response:
    now, fields = app.wall.now(), {} if isinstance(typed, str) else typed
    with app.database.transaction() as tx:
        holder = preferences.hold_link(tx, token, now)
        if preferences.read_opened(preferences.key(tx), _opening(token), first(fields, "nonce")) is None:
            raise LinkTooOld("The page that opens this device was not ours. Open the link again.")
        cookie = portal.admit(tx, holder, now)
    answer = go(request)
    secure = request.url.scheme == "https" or app.settings.address.startswith("https:")
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=int(GOOD_FOR.total_seconds()),
        path=MEMBER_PLACE,
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    return answer


def _asking(request: Request, frame: Frame, nonce: str, now: datetime) -> Asked:
    origin = address_of(request) or ""
    return Asked(nonce=nonce, origin=origin, language=frame.words.language, now=now, page="member")


def _opening(token: str) -> str:
    return f"open:{token}"


def _trapped(typed: Fields) -> bool:
    return any(one.strip() for one in typed.get(TRAP, ()))

"""The member's own page: without script and password, on devices that proved the address once.

A link alone shows nothing of a member, so that a message can be passed on.
"""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from regulars import portal, preferences
from regulars.app import App
from regulars.db import Tx
from regulars.intake import member_page_asking, member_page_rewards
from regulars.intake.hosted_forms import Typed
from regulars.intake.member_page_frames import (
    Frame,
    Shown,
    Told,
    asked,
    frame_of,
    go,
    query,
    refused,
    show,
    style,
)
from regulars.intake.preferences_form import first
from regulars.kernel import Invalid, RegularsError
from regulars.portal import COOKIE, Place, Visitor
from regulars.preferences import MEMBER_PLACE

ELSEWHERE = frozenset({"cross-site", "same-site"})


def create_member_page(app: App) -> APIRouter:
    """The pages under /m of one workspace."""
    router = APIRouter(prefix=MEMBER_PLACE, include_in_schema=False)

    def guarded(request: Request, act: Callable[[], Response]) -> Response:
        try:
            if request.method == "POST" and request.headers.get("sec-fetch-site") in ELSEWHERE:
                with app.database.transaction() as tx:
                    raise Invalid(frame_of(tx, request).words("wrong_place"))
            return act()
        except RegularsError as error:
            return refused(app, request, error)

    @router.get("/style.css")
    def style_sheet() -> Response:
        return style(app)

    @router.get("/")
    def page(request: Request) -> Response:
        return guarded(request, lambda: look(app, request))

    @router.post("/leave")
    def left(request: Request, typed: Typed) -> Response:
        return guarded(request, lambda: leave(app, request, typed))

    member_page_rewards.add(router, app, guarded)
    member_page_asking.add(router, app, guarded)
    return router


def look(app: App, request: Request) -> Response:
    now = app.wall.now()
    with app.database.transaction() as tx:
        visitor = portal.visitor_of(tx, request.cookies.get(COOKIE), now)
        frame = frame_of(tx, request)
        if visitor is None:
            return member_page_asking.ask(tx, request, frame, now)
        view = _shown(app, tx, request, visitor, frame)
    return show("page.html", view)


def _shown(app: App, tx: Tx, request: Request, visitor: Visitor, frame: Frame) -> Shown:
    place = Place(
        programme=asked(request, "programme"),
        currency=asked(request, "currency"),
        cursor=asked(request, "before"),
    )
    customer = visitor.customer
    page = portal.page_of(tx, customer, place, frame.words, at=app.now(tx), zone=app.zone)
    redemption = asked(request, "redeemed")
    return Shown(
        frame=frame,
        page=page,
        languages=tuple((key, words("name")) for key, words in portal.LANGUAGES.items()),
        language_query=query(request, language="").lstrip("?"),
        nonce=preferences.opened(preferences.key(tx), _leaving(visitor), app.wall.now()),
        gained=portal.gained(tx, customer.customer_id, redemption) if redemption else None,
    )


def leave(app: App, request: Request, typed: dict[str, list[str]] | str) -> Response:
    now, fields = app.wall.now(), {} if isinstance(typed, str) else typed
    with app.database.transaction() as tx:
        frame = frame_of(tx, request)
        visitor = portal.visitor_of(tx, request.cookies.get(COOKIE), now)
        if visitor is not None:
            if (
                preferences.read_opened(preferences.key(tx), _leaving(visitor), first(fields, "nonce"))
                is None
            ):
                return go(request)
            portal.leave(tx, visitor, now)
    answer = show("told.html", Told(frame=frame, title=frame.words("left")))
    answer.delete_cookie(COOKIE, path=MEMBER_PLACE, httponly=True, samesite="lax")
    return answer


def _leaving(visitor: Visitor) -> str:
    return f"leave:{visitor.device_id}"

"""Redeeming a reward on the member page: looked at first, then done once, however often it is sent."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from regulars import portal, preferences
from regulars.app import App
from regulars.db import Tx
from regulars.intake.hosted_forms import Typed
from regulars.intake.member_page_frames import Redeeming, frame_of, go, show
from regulars.intake.preferences_form import first
from regulars.portal import COOKIE, Asked, Visitor
from regulars.preferences import NotProven

CONFLICT, UNPROCESSABLE = 409, 422
Guarded = Callable[[Request, Callable[[], Response]], Response]


def add(router: APIRouter, app: App, guarded: Guarded) -> None:
    @router.get("/rewards/{reward}")
    def asking(reward: str, request: Request) -> Response:
        return guarded(request, lambda: look(app, reward, request))

    @router.post("/rewards/{reward}")
    def redeemed(reward: str, request: Request, typed: Typed) -> Response:
        return guarded(request, lambda: redeem(app, reward, request, typed))


def look(app: App, reward: str, request: Request) -> Response:
    now = app.wall.now()
    with app.database.transaction() as tx:
        visitor = _visitor(tx, request, now)
        view = _view(app, tx, request, visitor, reward, now)
    return show("redeeming.html", view)


def redeem(app: App, reward: str, request: Request, typed: dict[str, list[str]] | str) -> Response:
    now, fields = app.wall.now(), {} if isinstance(typed, str) else typed
    with app.database.transaction() as tx:
        visitor = _visitor(tx, request, now)
        frame = frame_of(tx, request)
        opened = preferences.read_opened(preferences.key(tx), _about(visitor, reward), first(fields, "nonce"))
        if opened is None or now - opened[1] > preferences.OPEN_FOR:
            view = _view(app, tx, request, visitor, reward, now, frame.words("page_old"))
            return show("redeeming.html", view, status=UNPROCESSABLE)
        # What was asked before is answered the same, also where it could not be had again.
        asked = Asked(reward=reward, nonce=opened[0], at=app.now(tx))
        outcome = portal.redeem(tx, visitor.customer.customer_id, asked, frame.words)
        if outcome.redemption:
            return go(request, redeemed=outcome.redemption)
        view = _view(app, tx, request, visitor, reward, now, *outcome.why_not)
    return show("redeeming.html", view, status=CONFLICT)


def _visitor(tx: Tx, request: Request, now: datetime) -> Visitor:
    found = portal.visitor_of(tx, request.cookies.get(COOKIE), now)
    if found is None:
        raise NotProven("This device has not shown who you are. Ask for a link.")
    return found


def _view(
    app: App, tx: Tx, request: Request, visitor: Visitor, reward: str, now: datetime, *problems: str
) -> Redeeming:
    frame = frame_of(tx, request)
    number = visitor.customer.customer_id
    programme, item = portal.item_of(tx, number, reward, frame.words, at=app.now(tx))
    nonce = preferences.opened(preferences.key(tx), _about(visitor, reward), now)
    return Redeeming(frame=frame, item=item, programme=programme, nonce=nonce, problems=problems)


def _about(visitor: Visitor, reward: str) -> str:
    return f"redeem:{visitor.device_id}:{reward}"

"""The preference centre: what a customer reaches by their own link, without script, cookie or password.

Looking changes nothing, whoever looks: programs open every link of a message before its reader does.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from regulars import customers, preferences
from regulars.app import App
from regulars.db import Tx
from regulars.intake import preferences_asking, preferences_data
from regulars.intake.hosted_forms import Typed
from regulars.intake.preferences_form import (
    TRAP,
    Fields,
    address_of,
    everything,
    first,
    one_click,
    pressed,
    wanted_of,
)
from regulars.intake.preferences_pages import HEADERS, Leaving, Shown, Told, languages, refused, show, style
from regulars.kernel import Invalid, RegularsError, local_day
from regulars.preferences import PLACE, Holder, How, Page, Sent

UNPROCESSABLE = 422
VERSION_MAX = 2**31 - 1


def create_preferences(app: App) -> APIRouter:
    """The pages under /p of one workspace."""
    router = APIRouter(prefix=PLACE, include_in_schema=False)

    def guarded(request: Request, act: Callable[[], Response]) -> Response:
        try:
            return act()
        except RegularsError as error:
            return refused(app, request, error)

    @router.get("/style.css")
    def style_sheet(version: Annotated[int | None, Query(ge=0, le=VERSION_MAX)] = None) -> Response:
        with app.database.transaction() as tx:
            return style(preferences.centre_of(tx, version).body)

    preferences_asking.add(router, app, guarded)

    @router.get("/{token}")
    def page(token: str, request: Request) -> Response:
        return guarded(request, lambda: look(app, token, request))

    @router.post("/{token}")
    def saved(token: str, request: Request, typed: Typed) -> Response:
        return guarded(request, lambda: save(app, token, request, typed))

    @router.get("/{token}/unsubscribe")
    def leaving(token: str, request: Request) -> Response:
        """A page with a button: programs that only follow links unsubscribe nobody."""
        return guarded(request, lambda: ask_to_leave(app, token, request))

    @router.post("/{token}/unsubscribe")
    def left(token: str, request: Request, typed: Typed) -> Response:
        """By the button, or by a mail program with one click (RFC 8058): no redirect, no cookie."""
        return guarded(request, lambda: leave(app, token, request, typed))

    preferences_data.add(router, app, guarded)
    return router


def look(app: App, token: str, request: Request) -> Response:
    now = app.wall.now()
    with app.database.transaction() as tx:
        at = app.now(tx)
        version = preferences.previewed(tx, token, now)
        if version is not None:
            page = preferences.preview_of(tx, version, languages(request), at=at, zone=app.zone)
            return show("page.html", Shown(page=page, token=token, notice=page.words("preview")))
        holder = preferences.hold_link(tx, token, now)
        page = preferences.page_of(tx, holder, languages(request), at=at, now=now, zone=app.zone)
        data = preferences_data.state_of(tx, holder, page.words, app.zone)
    shown = show("page.html", Shown(page=page, token=token, notice=_notice(request, page), data=data))
    count(app, "seen")
    return shown


def _notice(request: Request, page: preferences.Page) -> str:
    said = request.query_params.get("said", "")
    known = {
        "saved": "saved",
        "nothing": "nothing_changed",
        "everything": "all_off_done",
        "link": "link_sent",
    }
    return page.words(known[said]) if said in known else ""


def count(app: App, what: str) -> None:
    """In a transaction of its own, so that visitors wait for each other no longer than that takes."""
    with app.database.transaction() as tx:
        preferences.count_visit(tx, what, local_day(app.now(tx), app.zone))


def save(app: App, token: str, request: Request, typed: dict[str, list[str]] | str) -> Response:
    if isinstance(typed, str):
        raise Invalid(typed)
    now = app.wall.now()
    with app.database.transaction() as tx:
        at = app.now(tx)
        holder = preferences.hold_link(tx, token, now)
        page = preferences.page_of(tx, holder, languages(request), at=at, now=now, zone=app.zone)
        about = f"page:{holder.customer.customer_id}"
        opened = preferences.read_opened(preferences.key(tx), about, first(typed, "nonce"))
        stale = opened is None or now - opened[1] > preferences.OPEN_FOR
        if opened is None or stale or (first(typed, "version") != page.version and not everything(typed)):
            view = Shown(page=page, token=token, problem=page.words("page_old"))
            return show("page.html", view, status=UNPROCESSABLE)
        how: How = "everything" if everything(typed) else "page"
        sent = Sent(nonce=opened[0], how=how, ip=address_of(request), at=at, now=now)
        said = _save(tx, holder, page, typed, sent)
    count(app, "everything" if said == "everything" else "saved")
    language = quote(first(typed, "locale") or request.query_params.get("language", ""), safe="")[:20]
    to = f"{PLACE}/{token}?said={said}" + (f"&language={language}" if language else "")
    return RedirectResponse(to, status_code=303, headers=HEADERS)


def _save(tx: Tx, holder: Holder, page: Page, typed: Fields, sent: Sent) -> str:
    if everything(typed):
        preferences.unsubscribe(tx, holder, sent)
        return "everything"
    if not holder.may_choose:
        raise Invalid(page.words("old_link"))
    return "saved" if preferences.save(tx, holder, page.words, wanted_of(page, typed), sent) else "nothing"


def ask_to_leave(app: App, token: str, request: Request) -> Response:
    now = app.wall.now()
    with app.database.transaction() as tx:
        holder = preferences.hold_link(tx, token, now)
        view = _leaving(app, tx, holder, request, now)
    count(app, "asked_to_leave")
    return show("leaving.html", view)


def _leaving(app: App, tx: Tx, holder: Holder, request: Request, now: datetime) -> Leaving:
    page = preferences.page_of(tx, holder, languages(request), at=app.now(tx), now=now, zone=app.zone)
    title = _topic_title(tx, holder, page)
    asks = page.words("unsubscribe_from", topic=title) if title else page.words("unsubscribe_all")
    return Leaving(words=page.words, centre=page.centre, title=asks, why=page.why, token=holder.token)


def _topic_title(tx: Tx, holder: Holder, page: Page) -> str:
    about = preferences.about_of(tx, holder.link)
    if about is None:
        return ""
    return preferences.title_of(customers.consent_policy(tx), page.centre, about.topic, page.words)


def leave(app: App, token: str, request: Request, typed: dict[str, list[str]] | str) -> Response:
    """A button, or the body that a mailbox sends (RFC 8058, 3.2); any other body is asked as a GET is.

    The link stands in messages, where programs try it; what fills in the field that no reader sees is one.
    """
    fields, now = ({} if isinstance(typed, str) else typed), app.wall.now()
    if first(fields, TRAP) or not (pressed(fields) or one_click(fields)):
        return ask_to_leave(app, token, request)
    with app.database.transaction() as tx:
        at = app.now(tx)
        holder = preferences.hold_link(tx, token, now)
        page = preferences.page_of(tx, holder, languages(request), at=at, now=now, zone=app.zone)
        title = "" if everything(fields) else _topic_title(tx, holder, page)
        about = None if everything(fields) else preferences.about_of(tx, holder.link)
        how: How = "unsubscribe" if pressed(fields) else "one_click"
        sent = Sent(nonce=f"{how}:{uuid4().hex}", how=how, ip=address_of(request), at=at, now=now)
        if about is None:
            preferences.unsubscribe(tx, holder, sent)
        else:
            preferences.unsubscribe(tx, holder, sent, channel=about.channel, topic=about.topic)
    count(app, "unsubscribed")
    words = page.words
    text = words("unsubscribed_from", topic=title) if title else words("unsubscribed")
    return show("told.html", Told(words=words, centre=page.centre, title=text, token=token))

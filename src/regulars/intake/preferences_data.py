"""What a proven customer may ask for: their data as an archive, and its erasure."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from regulars import preferences, privacy
from regulars.app import App
from regulars.db import Tx
from regulars.intake.preferences_pages import HEADERS, Shown, languages, show
from regulars.kernel import local_day
from regulars.preferences import PLACE, Holder, NotProven, Words
from regulars.privacy import Copy

Guarded = Callable[[Request, Callable[[], Response]], Response]
BY = "the customer"
OVER = frozenset({"done", "declined"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What became of what they asked for; days are empty where nothing was asked."""

    erase_asked: str = ""
    copy_waits: bool = False
    copy_failed: bool = False
    copy_until: str = ""  # So long the archive can be fetched.


def add(router: APIRouter, app: App, guarded: Guarded) -> None:
    @router.post("/{token}/download")
    def download(token: str, request: Request) -> Response:
        return guarded(request, lambda: ask_archive(app, token, request))

    @router.get("/{token}/archive")
    def archive(token: str, request: Request) -> Response:
        return guarded(request, lambda: give_archive(app, token))

    @router.get("/{token}/erase")
    def erasing(token: str, request: Request) -> Response:
        return guarded(request, lambda: ask_to_erase(app, token, request))

    @router.post("/{token}/erase")
    def erase(token: str, request: Request) -> Response:
        return guarded(request, lambda: ask_erasure(app, token, request))


def state_of(tx: Tx, holder: Holder, words: Words, zone: str) -> Data:
    """What a proven customer has asked for and not got yet."""
    if not holder.proven:
        return Data()
    number = holder.customer.customer_id
    asked = next((one for one in privacy.erasures_of(tx, number) if one.state not in OVER), None)
    copy = last_copy(tx, number)
    until = copy.expires_at if copy and copy.state == "ready" else None
    return Data(
        erase_asked=words.day(local_day(asked.asked_at, zone)) if asked else "",
        copy_waits=copy is not None and copy.state == "waiting",
        copy_failed=copy is not None and copy.state == "failed",
        copy_until=words.day(local_day(until, zone)) if until else "",
    )


def last_copy(tx: Tx, customer_id: int) -> Copy | None:
    """What the customer asked for last; what staff had made is not theirs to fetch."""
    found = privacy.copies(tx, customer_id=customer_id).items
    return next((one for one in found if one.asked_by == "customer"), None)


def proven(tx: Tx, app: App, token: str) -> Holder:
    """Who holds the link; raises NotProven unless it was asked for and mailed within the hour."""
    holder = preferences.hold_link(tx, token, app.wall.now())
    if not holder.proven:
        raise NotProven("This link does not show who you are. Ask for a new one.")
    return holder


def ask_archive(app: App, token: str, request: Request) -> Response:
    with app.database.transaction() as tx:
        number = proven(tx, app, token).customer.customer_id
        privacy.ask_copy(tx, number, asked_by="customer", by=BY, at=app.now(tx))
    return back(token, request)


def give_archive(app: App, token: str) -> Response:
    with app.database.transaction() as tx:
        copy = last_copy(tx, proven(tx, app, token).customer.customer_id)
    if copy is None:
        raise NotProven("No archive was asked for.")
    path = privacy.open_copy(app.settings.copies, copy)
    return FileResponse(path, filename=copy.file_name, media_type="application/zip", headers=HEADERS)


def ask_to_erase(app: App, token: str, request: Request) -> Response:
    """A page with a button: following a link erases nothing."""
    now = app.wall.now()
    with app.database.transaction() as tx:
        holder = proven(tx, app, token)
        page = preferences.page_of(tx, holder, languages(request), at=app.now(tx), now=now, zone=app.zone)
    return show("erasing.html", Shown(page=page, token=token))


def ask_erasure(app: App, token: str, request: Request) -> Response:
    with app.database.transaction() as tx:
        holder = proven(tx, app, token)
        number = holder.customer.customer_id
        privacy.ask_erasure(tx, number, asked_by="customer", by=BY, at=app.now(tx))
    return back(token, request)


def back(token: str, request: Request) -> Response:
    asked = request.query_params.get("language", "")
    language = f"?language={asked}" if asked in preferences.LANGUAGES else ""
    return RedirectResponse(f"{PLACE}/{token}{language}#data", status_code=303, headers=HEADERS)

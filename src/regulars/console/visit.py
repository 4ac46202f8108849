"""One visit of one page: who asks, in which frame, and the answers a handler can give."""

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from regulars import access
from regulars.console.areas import AREAS
from regulars.console.frame import Frame, Said, Visitor
from regulars.console.rendering import respond, wanted_block
from regulars.console.security import check_form
from regulars.db import Tx
from regulars.kernel import NotSignedIn

if TYPE_CHECKING:
    from regulars.console.console import Console

SAID_COOKIE = "regulars-said"
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a handler receives; `app` is the App object, `actor` goes to the facades."""

    request: Request
    console: "Console"
    visitor: Visitor
    frame: Frame

    @property
    def app(self) -> Any:
        return self.console.app

    def wants(self, block: str) -> bool:
        """True when htmx asked for this block and nothing else of the page."""
        return wanted_block(self.request) == block

    @property
    def zone(self) -> ZoneInfo:
        """The zone that times are shown in."""
        return ZoneInfo(self.frame.face.zone if self.frame.face else "UTC")

    @property
    def actor(self) -> Any:
        return self.visitor.actor

    def record(
        self, tx: Tx, action: str, *, kind: str, subject: str, after: dict[str, object] | None = None
    ) -> None:
        """Write into the audit what a room that knows no people does not."""
        at = self.app.now(tx)
        access.recorded(
            tx, self.actor, action, subject_kind=kind, subject=subject, before=None, after=after, at=at
        )


async def visit(request: Request) -> Visit:
    """Find out who asks and check that a change comes from our own page; raises NotSignedIn."""
    console: Console = request.state.console
    token = request.cookies.get(console.cookie(request), "")
    visitor = await run_in_threadpool(console.gate.visitor, token) if token else None
    if visitor is None:
        raise NotSignedIn("This page is for people who are signed in.")
    frame = frame_of(request, console, visitor, visitor.csrf)
    request.state.frame = frame
    await check_form(request, visitor.csrf)
    return Visit(request=request, console=console, visitor=visitor, frame=frame)


Visiting = Annotated[Visit, Depends(visit)]


def frame_of(request: Request, console: "Console", visitor: Visitor | None, csrf: str) -> Frame:
    theme = request.cookies.get("regulars-theme", "auto")
    frame = Frame(
        workspace=console.gate.workspace,
        path=request.url.path,
        csrf=csrf,
        theme=theme if theme in THEMES else "auto",
        folded=request.cookies.get("regulars-nav") == "folded",
        said=_said(request),
    )
    if visitor is None:
        return frame
    seen = tuple(a for a in AREAS if a.key in console.areas and console.gate.may_see(visitor.actor, a.key))
    return replace(frame, areas=seen, face=visitor.face, clock=visitor.clock, waiting=visitor.waiting)


def page(visit: Visit, template: str, value: Any, *, status: int = 200) -> HTMLResponse:
    """The page of a value, or the block of it that htmx asked for: what was said waits for a whole page."""
    response = respond(visit.request, template, frame=visit.frame, page=value, status=status)
    if visit.frame.said and wanted_block(visit.request) is None:
        response.delete_cookie(SAID_COOKIE, path="/")
    return response


def redirect(visit: Visit, to: str, *said: str, tone: str = "good") -> Response:
    """Go on to another page of ours after a change; the sentences are shown there once."""
    response = send_on(visit.request, to)
    if said:
        text = quote(json.dumps([{"text": sentence[:400], "tone": tone} for sentence in said]))
        response.set_cookie(SAID_COOKIE, text, max_age=60, path="/", httponly=True, samesite="lax")
    return response


def send_on(request: Request, to: str) -> Response:
    """A redirect that htmx follows as a page and not as a part of one."""
    if request.headers.get("HX-Request"):
        return Response(status_code=200, headers={"HX-Redirect": to, "Cache-Control": "no-store"})
    return RedirectResponse(to, status_code=303, headers={"Cache-Control": "no-store"})


def own_path(text: str) -> str:
    """The path if it is one of ours, else the front page: no redirect leads outside."""
    ours = text.startswith("/") and not text.startswith(("//", "/\\")) and "\n" not in text
    return text if ours and "\r" not in text else "/"


def _said(request: Request) -> tuple[Said, ...]:
    try:
        lines = json.loads(unquote(request.cookies.get(SAID_COOKIE, "[]")))
        return tuple(Said(text=str(line["text"]), tone=str(line["tone"])) for line in lines[:5])
    except (ValueError, TypeError, KeyError):
        return ()

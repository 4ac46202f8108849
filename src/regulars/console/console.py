"""The console as one thing: its areas, its palette and what the application handed in."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from regulars.console.frame import Found, Gate
from regulars.console.problems import Problem, problem_of
from regulars.console.rendering import respond
from regulars.console.stream import Streams
from regulars.console.visit import frame_of, send_on
from regulars.kernel import NotSignedIn

Search = Callable[[Any, str], Iterable[Found]]  # (actor, what was typed) -> lines of the palette


class Console:
    """Collects what the rooms' pages register; handed to each request."""

    def __init__(self, *, app: Any, gate: Gate) -> None:
        self.app = app
        self.gate = gate
        self.areas: set[str] = set()
        self.routers: list[APIRouter] = []
        self.searches: list[Search] = []
        self.streams = Streams()

    def add(self, router: APIRouter, *, area: str | None = None, search: Search | None = None) -> None:
        """Add a domain's pages; its area then stands in the frame, its search in the palette."""
        self.routers.append(router)
        if area:
            self.areas.add(area)
        if search:
            self.searches.append(search)

    def cookie(self, request: Request) -> str:
        """The session cookie's name: bound to host and TLS where there is TLS."""
        name = f"regulars-{self.gate.workspace}"
        return f"__Host-{name}" if request.url.scheme == "https" else name


class ConsoleRoute(APIRoute):
    """A page: gives the request its console and turns every error into a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            request.state.console = request.app.state.console
            try:
                return await inner(request)
            except NotSignedIn as error:
                return _to_sign_in(request, error)
            except Exception as error:  # noqa: BLE001 - whatever it is becomes a page with a reference.
                return problem_page(request, problem_of(error))

        return handle


def pages() -> APIRouter:
    """A router for a domain's pages."""
    return APIRouter(route_class=ConsoleRoute, default_response_class=Response)


def problem_page(request: Request, problem: Problem) -> Response:
    console: Console = request.app.state.console
    frame = getattr(request.state, "frame", None) or frame_of(request, console, None, "")
    return respond(
        request,
        "errors/problem.html",
        frame=frame,
        page=problem,
        status=problem.status,
        headers=problem.headers,
    )


def _to_sign_in(request: Request, _error: NotSignedIn) -> Response:
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = here if request.method == "GET" and not request.headers.get("HX-Request") else "/"
    return send_on(request, "/sign-in" if back == "/" else f"/sign-in?next={quote(back, safe='')}")

"""Between the server and the routes: how large a body may be, and the last catch of what goes wrong."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regulars.api.problems import WORDS, of_anything, problem

BODY_BYTES_MAX = 4_000_000
TOO_LARGE = 413


def limit_of(scope: Scope) -> int:
    """The bytes a body may have: a file to be imported has a bound of its own."""
    if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith("/api/v1/imports"):
        return int(scope["app"].state.app.settings.import_bytes_max)
    return BODY_BYTES_MAX


class BodyLimit:
    """Refuses a body that says it is too large, and one that turns out to be while it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = Headers(scope=scope).get("content-length", "0") if scope["type"] == "http" else "0"
        limit = limit_of(scope)
        if said.isdecimal() and int(said) > limit:
            refusal = problem(TOO_LARGE, WORDS[TOO_LARGE], code="http.content_too_large")
            await refusal(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(TOO_LARGE)
            return message

        await self.app(scope, counted, send)


def _keep_from_caches(message: Message) -> None:
    """What a key may see is for its holder alone; what has an ETag may be kept and asked for anew."""
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        kept = "private, no-cache" if "etag" in headers else "no-store"
        headers.setdefault("cache-control", kept)


class LastCatch:
    """Answers what nobody expected; the framework's own would raise it again to the server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            _keep_from_caches(message)
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            if started:
                raise
            answer = await of_anything(Request(scope), error)
            await answer(scope, receive, send)

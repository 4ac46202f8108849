"""How large a body may be."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regulars.api.problems import WORDS, problem

BODY_BYTES_MAX = 4_000_000
TOO_LARGE = 413


class BodyLimit:
    """Refuses a body that says it is too large, and one that turns out to be while it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = Headers(scope=scope).get("content-length", "0") if scope["type"] == "http" else "0"
        if said.isdecimal() and int(said) > BODY_BYTES_MAX:
            refusal = problem(TOO_LARGE, WORDS[TOO_LARGE], code="http.content_too_large")
            await refusal(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > BODY_BYTES_MAX:
                raise HTTPException(TOO_LARGE)
            return message

        await self.app(scope, counted, send)

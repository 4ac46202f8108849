"""What the tracking API answers: short bodies made once, and refusals that say what to do."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.types import Send

OK, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NO_SUCH_METHOD = 200, 400, 401, 403, 405
TIME_OUT, TOO_MANY, FAULT, UNAVAILABLE = 408, 429, 500, 503
DAY_S = 86_400

# Any page may send: what is sent names its key, and nothing is read with cookies.
CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Retry-After, X-RateLimit-Reset"),
)
PREFLIGHT = (
    *CORS,
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Content-Encoding, X-Retry-Count"),
    (b"access-control-max-age", str(DAY_S).encode()),
    (b"content-length", b"0"),
)


class Refused(Exception):
    """A request that is not taken; the text says what was found and what to do."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def _start(status: int, body: bytes, more: Mapping[str, str] | None = None) -> dict[str, Any]:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *CORS,
        *((name.encode(), text.encode()) for name, text in (more or {}).items()),
    ]
    return {"type": "http.response.start", "status": status, "headers": headers}


SUCCESS = b'{"success": true}'
SUCCESS_START = _start(OK, SUCCESS)
SUCCESS_BODY = {"type": "http.response.body", "body": SUCCESS}
ALLOWED_START = {"type": "http.response.start", "status": 204, "headers": list(PREFLIGHT)}
NOTHING = {"type": "http.response.body", "body": b""}


async def succeed(send: Send) -> None:
    await send(SUCCESS_START)
    await send(SUCCESS_BODY)


async def allow(send: Send) -> None:
    """Answer a browser that asks before it sends."""
    await send(ALLOWED_START)
    await send(NOTHING)


async def say(send: Send, plain: object, headers: Mapping[str, str] | None = None) -> None:
    body = msgspec.json.encode(plain)
    await send(_start(OK, body, headers))
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, refused: Refused) -> None:
    body = msgspec.json.encode({"success": False, "code": refused.code, "message": refused.message})
    await send(_start(refused.status, body, refused.headers))
    await send({"type": "http.response.body", "body": body})

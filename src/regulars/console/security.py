"""Headers for every answer, and the check that a change was asked for by a page of ours."""

import hmac
import secrets
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regulars.kernel import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


class ForeignRequest(Forbidden):
    code = "console.foreign_request"


class SecurityHeaders:
    """Pure ASGI, so that streams pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = HEADERS | (TLS_ONLY if scope["scheme"] == "https" else {})

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in wanted.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def csrf_token(cookie: str) -> str:
    """Bound to the cookie and not revealing it: a leaked page does not give the session away."""
    return hmac.new(cookie.encode(), b"regulars console csrf", sha256).hexdigest()


def check_origin(request: Request) -> None:
    """Refuse what another site sent; browsers say where a request comes from."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise ForeignRequest(
            "The form was sent from another site, so nothing was changed. Open the page here."
        )
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("Host"):
        raise ForeignRequest(
            f"The form was sent from {origin[:80]}, so nothing was changed. Open the page here."
        )


async def check_form(request: Request, cookie: str) -> None:
    """For an unsafe method: the origin, then the token from the header or the hidden field."""
    if request.method in SAFE:
        return
    check_origin(request)
    token = request.headers.get("X-CSRF-Token")
    if token is None:
        token = str((await request.form()).get("csrf_token", ""))
    if not hmac.compare_digest(token.encode(), csrf_token(cookie).encode()):
        raise ForeignRequest(
            "This page is older than your session, so nothing was changed. Load it again and repeat the step."
        )

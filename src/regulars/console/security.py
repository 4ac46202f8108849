"""Headers for every answer, and the check that a change was asked for by a page of ours."""

import hmac
import secrets
from hashlib import sha256

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regulars.access import WrongCsrfToken, check_origin

FIELDS_MAX = 5_000  # Of a form: a large condition has thousands.
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


def visitor_csrf(cookie: str) -> str:
    """For forms of somebody without a session: bound to their cookie and not revealing it."""
    return hmac.new(cookie.encode(), b"regulars console csrf", sha256).hexdigest()


async def check_form(request: Request, csrf: str) -> None:
    """For an unsafe method: where it comes from, then the token from the header or the hidden field."""
    if request.method in SAFE:
        return
    host = request.headers.get("Host", "")
    check_origin(
        origin=request.headers.get("Origin"),
        referer=request.headers.get("Referer"),
        fetch_site=request.headers.get("Sec-Fetch-Site"),
        own={f"http://{host}", f"https://{host}"},  # A proxy may speak TLS for us.
    )
    token = request.headers.get("X-CSRF-Token")
    if token is None:
        token = str((await request.form(max_fields=FIELDS_MAX)).get("csrf_token", ""))
    if not hmac.compare_digest(token.encode(), csrf.encode()):
        raise WrongCsrfToken("This page is older than your session. Load it again and repeat the step.")

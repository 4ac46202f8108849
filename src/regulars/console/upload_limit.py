"""How large a body the console takes: forms are small, and a file that is imported has a declared bound."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORM_BYTES_MAX = 8_000_000
UPLOAD = "/data/imports"
TOO_LARGE = 413


class UploadLimit:
    """Refuses a body that says it is too large, and stops one that turns out to be while it is read."""

    def __init__(self, app: ASGIApp, *, upload_bytes_max: int) -> None:
        self.app = app
        self.upload_bytes_max = upload_bytes_max + 65_536  # What a form holds around its file.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The API and the tracking routes have limits of their own.
        if scope["type"] != "http" or scope["path"].startswith(("/api/", "/v1/")):
            await self.app(scope, receive, send)
            return
        limit = self.upload_bytes_max if scope["path"] == UPLOAD else FORM_BYTES_MAX
        said = Headers(scope=scope).get("content-length", "0")
        if said.isdecimal() and int(said) > limit:
            text = f"What was sent is larger than {limit:,} bytes. Cut the file into several."
            await PlainTextResponse(text, status_code=TOO_LARGE)(scope, receive, send)
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

"""The script for pages: one line in a page's head, served by the installation itself."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

FILE = Path(__file__).parent / "static" / "regulars.js"
HOUR_S = 3_600


@cache
def content() -> tuple[bytes, str]:
    body = FILE.read_bytes()
    return body, f'"{sha256(body).hexdigest()[:20]}"'


def create_script() -> APIRouter:
    """The route of the script; pages of any site may load it."""
    router = APIRouter(include_in_schema=False)

    @router.get("/regulars.js")
    def script(request: Request) -> Response:
        body, etag = content()
        headers = {
            "ETag": etag,
            "Cache-Control": f"public, max-age={HOUR_S}",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Access-Control-Allow-Origin": "*",
        }
        if request.headers.get("If-None-Match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="text/javascript", headers=headers)

    return router

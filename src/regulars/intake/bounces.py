"""POST /v1/bounces/{key}: what providers tell of messages, proven, and kept before it is answered."""

import logging
from collections.abc import Mapping
from functools import lru_cache

from anyio import CapacityLimiter, fail_after, to_thread
from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from regulars import connections, deliverability
from regulars.app import App
from regulars.deliverability import WEBHOOK_BYTES_MAX
from regulars.intake.frequency import Frequency
from regulars.kernel import NotFound, RegularsError

PREFIX = "/v1/bounces"
THREADS = 4
BODY_S = 20.0
REFUSED_A_MINUTE = 60  # So often one address may come without proof.
ASKED_BYTES_MAX = 64 * 1024
LATER = {"error": "It could not be kept now; send it again."}
STATUS = {"taken": 200, "confirmed": 200, "refused": 401, "unfit": 422}
LOGGER = logging.getLogger("regulars.intake")


def create_bounces(app: App) -> APIRouter:
    """What answers below PREFIX."""
    router = APIRouter(prefix=PREFIX, include_in_schema=False)
    refused, threads = Frequency(REFUSED_A_MINUTE), CapacityLimiter(THREADS)
    get = _asking(app)

    @router.post("/{key}")
    async def bounces(key: str, request: Request) -> Response:
        try:
            with fail_after(BODY_S):
                raw = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return JSONResponse({"error": "The body did not come in time."}, 408)
        if raw is None:
            return JSONResponse({"error": f"At most {WEBHOOK_BYTES_MAX:,} bytes are taken."}, 413)
        given = deliverability.Request(
            headers={name.lower(): text for name, text in request.headers.items()},
            raw=raw,
            url=f"{app.settings.address}{request.url.path}{f'?{q}' if (q := request.url.query) else ''}",
            query=dict(request.query_params),
        )
        address = request.client.host if request.client else ""
        return await to_thread.run_sync(
            lambda: _answer(app, key, given, get, refused, address), limiter=threads
        )

    return router


def _answer(
    app: App,
    key: str,
    given: deliverability.Request,
    get: deliverability.Get,
    refused: Frequency,
    address: str,
) -> Response:
    try:
        heard = take(app, key, given, get)
    except NotFound:
        return JSONResponse({"error": "There is no such address."}, 404)
    except RegularsError as error:
        LOGGER.warning("What came for %s could not be kept: %s", key[:80], error)
        return JSONResponse(LATER, 503, {"retry-after": "10"})
    except Exception:
        LOGGER.exception("What came for %s could not be kept", key[:80])
        return JSONResponse(LATER, 503, {"retry-after": "10"})
    if heard.outcome == "refused" and refused.is_too_often(address):
        return JSONResponse({"error": "Too many without proof."}, 429, {"retry-after": "60"})
    return JSONResponse(_told(heard), STATUS[heard.outcome])


def take(app: App, key: str, given: deliverability.Request, get: deliverability.Get) -> deliverability.Heard:
    """Prove, read and keep a request; the certificate of a provider is asked for between two transactions."""
    now = app.wall.now()
    with app.database.transaction() as tx:
        body = deliverability.webhook_of(tx, key)
        secrets = connections.opened(tx, app.vault, deliverability.secret_of_webhook(key), now)
    found = deliverability.read_request(key, body, given, secrets, get, now)
    if found.came is None:
        assert found.heard
        return found.heard
    with app.database.transaction() as tx:
        return deliverability.keep_request(tx, found.came, at=app.now(tx), now=now)


def _told(heard: deliverability.Heard) -> Mapping[str, object]:
    told: dict[str, object] = {"outcome": heard.outcome}
    if heard.taken:
        told |= {"matched": heard.taken.matched, "unmatched": heard.taken.unmatched}
    return told | ({"error": heard.reason} if heard.reason else {})


def _asking(app: App) -> deliverability.Get:
    @lru_cache(maxsize=16)  # Certificates are named by their address and never change under it.
    def get(url: str) -> bytes:
        answer = app.way.request("GET", url, time_s=5, bytes_max=ASKED_BYTES_MAX, redirects_max=0)
        if answer.status != 200:  # noqa: PLR2004
            raise NotFound(f"Amazon answered {answer.status}.")
        return answer.content

    return get


async def _body(request: Request) -> bytes | None:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > WEBHOOK_BYTES_MAX:
            return None
        parts.append(part)
    return b"".join(parts)

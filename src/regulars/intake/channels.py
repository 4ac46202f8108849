"""What channels answer to outsiders, below /ch: cards and notifications of customers' pages.

No session and no cookie: a customer's page shows a token that the company's server asked for. Pages of any
site may ask, since nothing goes along by itself. Texts that come in are signed by their provider.
"""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from regulars import channels, customers, messaging
from regulars.app import App
from regulars.channels import WebPush
from regulars.db import Tx
from regulars.http_status import status_of
from regulars.intake import channel_texts
from regulars.intake.answers import Refused
from regulars.intake.channel_texts import live_body, secrets_of
from regulars.intake.limits import Allowance
from regulars.kernel import Finding, Invalid, NotFound, RegularsError, TooMany, parse_public_id
from regulars.messaging import Reaction

PREFIX = "/ch"
FILES = Path(__file__).parent / "static"
BODY_MAX = 16_384
PER_SECOND = 200  # Of a workspace; ten seconds' worth may come at once.
CARDS_MAX = 100
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-store",
}


async def small_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            return b""
    return bytes(body)


T = TypeVar("T")
Body = Annotated[bytes, Depends(small_body)]


class Subscribing(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """As a browser's PushSubscription says it in JSON."""

    endpoint: str
    keys: dict[str, str] = {}


class Chosen(msgspec.Struct, frozen=True):
    cards: list[str] | None = None  # Left out: all.


def create_channels(app: App) -> APIRouter:
    """The addresses below /ch of one workspace."""
    router = APIRouter(prefix=PREFIX, include_in_schema=False)
    allowance = Allowance(PER_SECOND)

    def guarded(act: Callable[[], Response]) -> Response:
        try:
            _take(allowance)
            return act()
        except RegularsError as error:
            status, title = status_of(error)
            return JSONResponse({"title": title, "error": str(error)}, status, OPEN)

    @router.get("/messages.js")
    def page_script() -> Response:
        return _script("messages.js")

    @router.get("/worker.js")
    def worker_script() -> Response:
        return _script("worker.js")

    @router.options("/{key}/{rest:path}")
    def preflight(key: str, rest: str) -> Response:  # noqa: ARG001 - the same for every address
        return Response(status_code=204, headers=OPEN)

    _add_cards(router, app, guarded)
    _add_push(router, app, guarded)
    channel_texts.add(router, app, guarded)
    return router


Guarded = Callable[[Callable[[], Response]], Response]


def _add_cards(router: APIRouter, app: App, guarded: Guarded) -> None:
    @router.get("/{key}/cards")
    def card_list(key: str, request: Request, before: Annotated[str, Query()] = "") -> Response:
        return guarded(lambda: _cards(app, key, request, before))

    @router.post("/{key}/cards/read")
    def read_cards(key: str, request: Request, body: Body) -> Response:
        return guarded(lambda: _read(app, key, request, body))

    @router.post("/{key}/cards/dismiss")
    def dismiss_cards(key: str, request: Request, body: Body) -> Response:
        return guarded(lambda: _dismiss(app, key, request, body))


def _add_push(router: APIRouter, app: App, guarded: Guarded) -> None:
    @router.get("/{key}/push/key")
    def push_key(key: str) -> Response:
        return guarded(lambda: _push_key(app, key))

    @router.post("/{key}/push/subscriptions")
    def subscribe(key: str, request: Request, body: Body) -> Response:
        return guarded(lambda: _subscribe(app, key, request, body))

    @router.delete("/{key}/push/subscriptions")
    def unsubscribe(key: str, request: Request, body: Body) -> Response:
        return guarded(lambda: _unsubscribe(app, key, request, body))


def _take(allowance: Allowance) -> None:
    try:
        allowance.take(1)
    except Refused:
        raise TooMany("Too many at once; ask again in a second.") from None


@cache
def _file(name: str) -> tuple[bytes, str]:
    body = (FILES / name).read_bytes()
    return body, f'"{sha256(body).hexdigest()[:20]}"'


def _script(name: str) -> Response:
    body, etag = _file(name)
    headers = OPEN | {"ETag": etag, "Cache-Control": "public, max-age=3600"}
    return Response(body, media_type="text/javascript", headers=headers)


def _holder(app: App, tx: Tx, key: str, request: Request) -> int:
    """Whose page asks; merged people are who they are now."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    now = app.wall.now()
    return customers.get(tx, channels.read_token(tx, key, token, now=now)).customer_id


def _cards(app: App, key: str, request: Request, before: str) -> Response:
    with app.database.transaction() as tx:
        live_body(tx, key, "inbox")
        person, at = _holder(app, tx, key, request), app.now(tx)
        after = parse_public_id("crd", before) if before else None
        found = channels.cards(tx, key, person, at=at, before=after)
        unread = channels.unread(tx, key, person, at=at)
    return JSONResponse({"unread": unread, "cards": [card_told(one) for one in found]}, headers=OPEN)


def card_told(one: channels.Card) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "body": one.body,
        "link": one.link,
        "image": one.image,
        "at": one.at.isoformat(),
        "expires_at": one.expires_at.isoformat(),
        "read": one.read_at is not None,
    }


def _read(app: App, key: str, request: Request, body: bytes) -> Response:
    chosen = _json(body or b"{}", Chosen)
    with app.database.transaction() as tx:
        live_body(tx, key, "inbox")
        person, at = _holder(app, tx, key, request), app.now(tx)
        sends = channels.mark_read(tx, key, person, _numbers(chosen.cards), at=at)
        if messaging.tracking_allowed(tx, [person]):
            messaging.react(
                tx, [Reaction(key=f"card:{one}", send_id=one, kind="opened", at=at) for one in sends]
            )
    return JSONResponse({"read": len(sends)}, headers=OPEN)


def _dismiss(app: App, key: str, request: Request, body: bytes) -> Response:
    chosen = _json(body, Chosen)
    with app.database.transaction() as tx:
        live_body(tx, key, "inbox")
        person = _holder(app, tx, key, request)
        gone = channels.dismiss(tx, key, person, _numbers(chosen.cards) or [], at=app.now(tx))
    return JSONResponse({"dismissed": len(gone)}, headers=OPEN)


def _numbers(cards: list[str] | None) -> list[int] | None:
    return None if cards is None else [parse_public_id("crd", one) for one in cards[:CARDS_MAX]]


def _push_key(app: App, key: str) -> Response:
    with app.database.transaction() as tx:
        body = live_body(tx, key, "push")
        ways = [one for one in body.providers if isinstance(one, WebPush)]
        pem = next((pem for one in ways for pem in secrets_of(app, tx, key, one)), None)
    if pem is None:
        raise NotFound("The channel has no key pair yet.")
    return JSONResponse({"key": channels.public_of(pem)}, headers=OPEN)


def _subscribe(app: App, key: str, request: Request, body: bytes) -> Response:
    wanted = _json(body, Subscribing)
    with app.database.transaction() as tx:
        live_body(tx, key, "push")
        channels.subscribe(
            tx,
            key,
            _holder(app, tx, key, request),
            endpoint=wanted.endpoint,
            p256dh=wanted.keys.get("p256dh", ""),
            auth=wanted.keys.get("auth", ""),
            now=app.wall.now(),
        )
    return Response(status_code=204, headers=OPEN)


def _unsubscribe(app: App, key: str, request: Request, body: bytes) -> Response:
    wanted = _json(body, Subscribing)
    with app.database.transaction() as tx:
        channels.unsubscribe(tx, key, _holder(app, tx, key, request), wanted.endpoint)
    return Response(status_code=204, headers=OPEN)


def _json(body: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        told = f"The body is not what is read here: {str(wrong)[:200]}"
        raise Invalid(told, [Finding(path="$", code="channels.json", message=told)]) from None

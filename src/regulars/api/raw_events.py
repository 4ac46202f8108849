"""All events as they stand in the log, for another system that follows them without leaving one out."""

import gzip
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from regulars import analytics, customers
from regulars.analytics import RawEvent
from regulars.api.calling import Calling, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import Number
from regulars.kernel import public_id

router = resource("events")
ENCODER = msgspec.json.Encoder(decimal_format="number")
MEDIA_TYPE = "application/x-ndjson"
POSITION_MAX = 2**62
EXAMPLE = (
    '{"position":1041,"id":"evt_…","occurred_at":"2025-03-01T14:00:00.000000Z","name":"Order Completed",'
    '"customer":"cus_…","person":"cus_…","properties":{"total":12.5},"…":"…"}\n'
)


class Line(msgspec.Struct, kw_only=True):
    """One line of the answer."""

    position: int
    id: str
    booked_at: str
    occurred_at: str
    received_at: str
    message_id: str
    source: str
    type: str
    name: str
    customer: str | None
    person: str | None
    user_id: str | None
    anonymous_id: str | None
    properties: msgspec.Raw
    context: msgspec.Raw
    history: bool
    schema_version: int
    hops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """What somebody sees of an event: everything, or contact details and what is declared personal masked."""

    plain: bool
    personal: frozenset[str]

    def text(self, text: str | None) -> str | None:
        return text if self.plain or text is None else customers.conceal_text(text)

    def json(self, text: str | None) -> msgspec.Raw:
        if text is None or self.plain:
            return msgspec.Raw((text or "null").encode())
        values = json.loads(text, parse_float=Decimal)
        return msgspec.Raw(ENCODER.encode(customers.masked_values(values, self.personal)))


def _header(about: str) -> dict[str, Any]:
    return {"description": about, "schema": {"type": "integer"}}


@router.get(
    "/events/raw",
    openapi_extra=permission("events.export"),
    response_class=Response,
    responses={
        200: {
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}},
            "headers": {
                "Regulars-Next": _header("The position to ask after next time."),
                "Regulars-Head": _header("The last position there is; all was told when both are equal."),
                "Regulars-Removed": _header("Events in between that are gone, as their retention was over."),
            },
        },
        **documented(409),
    },
)
def raw_events(
    call: Calling,
    request: Request,
    after: Annotated[
        Number,
        Query(ge=0, le=POSITION_MAX, description="The position of the last event one has; 0 for none."),
    ] = 0,
    limit: Annotated[
        Number, Query(ge=1, le=analytics.RAW_EVENTS_MAX, description="At most so many events.")
    ] = 1000,
) -> Response:
    """Every event after a position, one JSON object a line, in the order of the log and without a gap.

    Ask again after `Regulars-Next`, once what came is kept. Contact details come as they are for who may see
    them, and masked for all others; the answer is compressed for who takes gzip.
    """
    with call.enter() as entered:
        eyes = Eyes(plain=entered.sees_contacts, personal=customers.personal_traits(entered.tx))
    page = analytics.raw_events(call.app.lake, after=after, limit=limit)
    body = b"".join(_line(event, eyes) for event in page.events)
    headers = {
        "Regulars-Next": str(page.to),
        "Regulars-Head": str(page.head),
        "Regulars-Removed": str(page.removed),
    }
    return _answer(request, body, headers)


def _answer(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    headers["Vary"] = "Accept-Encoding"
    if "gzip" in request.headers.get("accept-encoding", "").lower():
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, compresslevel=4)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _line(event: RawEvent, eyes: Eyes) -> bytes:
    told = Line(
        position=event.position,
        id=public_id("evt", event.position),
        booked_at=_instant(event.booked_at),
        occurred_at=_instant(event.occurred_at),
        received_at=_instant(event.received_at),
        message_id=eyes.text(event.message_id) or "",
        source=event.source,
        type=event.type,
        name=event.name,
        customer=_customer(event.customer_id),
        person=_customer(event.person_id),
        user_id=eyes.text(event.user_id),
        anonymous_id=eyes.text(event.anonymous_id),
        properties=eyes.json(event.properties),
        context=eyes.json(event.context),
        history=event.history,
        schema_version=event.schema_version,
        hops=event.hops,
    )
    return msgspec.json.encode(told) + b"\n"


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _customer(number: int | None) -> str | None:
    return None if number is None else public_id("cus", number)

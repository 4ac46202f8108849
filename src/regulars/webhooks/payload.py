"""What is sent: type, timestamp and data, as the Standard Webhooks have it; the same text at each attempt."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from regulars import customers
from regulars.kernel import public_id
from regulars.webhooks.body import WebhookBody

ENCODER = msgspec.json.Encoder(decimal_format="number")
WHOLE_SIGNS_MAX = 18  # Longer ones do not fit what the encoder takes for an integer.
ID_SIGNS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event that somebody wants, with whose it is."""

    position: int
    message_id: str
    source: str
    type: str
    name: str
    customer_id: int | None
    occurred_at: datetime
    booked_at: datetime
    properties: str  # JSON, so that numbers stay exact.
    person_id: int | None
    user_id: str | None
    called: str | None
    email: str | None
    phone: str | None


def message_id_of(event: Happened) -> str:
    """The webhook-id: made of the event, so that it is the same at each attempt and for each webhook."""
    digest = hashlib.sha256(f"{event.position} {event.source} {event.message_id}".encode()).hexdigest()
    return f"msg_{digest[:ID_SIGNS]}"


def text_of(event: Happened, body: WebhookBody, personal: frozenset[str] = frozenset()) -> str:
    """What leaves; without contacts also what is declared `personal` is masked."""
    properties = json.loads(event.properties, parse_float=Decimal, parse_int=_whole)
    if body.properties is not None:
        properties = {name: one for name, one in properties.items() if name in body.properties}
    data = {
        "event_id": public_id("evt", event.position),
        "kind": event.type,
        "source": event.source,
        "booked_at": _utc(event.booked_at),
        "customer": _customer(event, contacts=body.contacts),
        "properties": properties if body.contacts else customers.masked_values(properties, personal),
    }
    told = {"type": event.name, "timestamp": _utc(event.occurred_at), "data": data}
    return ENCODER.encode(told).decode()


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) <= WHOLE_SIGNS_MAX else Decimal(text)


def _customer(event: Happened, *, contacts: bool) -> dict[str, Any] | None:
    who = event.person_id or event.customer_id
    if who is None:
        return None
    known = {"id": public_id("cus", who)}
    if event.user_id:
        known["user_id"] = event.user_id if contacts else customers.conceal_text(event.user_id)
    if contacts:
        told = {"name": event.called, "email": event.email, "phone": event.phone}
        known |= {name: text for name, text in told.items() if text}
    return known


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")

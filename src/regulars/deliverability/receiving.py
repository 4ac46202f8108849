"""What providers tell by requests: proven, read, and taken like what comes by mail."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from regulars import definitions
from regulars.db import Tx
from regulars.deliverability.proving import Get, Request, confirm, is_proven, told_by
from regulars.deliverability.returned import Returned
from regulars.deliverability.shapes import Unfit, read_shape
from regulars.deliverability.taking import Came, Taken, take_in
from regulars.deliverability.webhook import BOUNCE_WEBHOOK, BounceWebhook
from regulars.kernel import NotFound

WEBHOOK_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    outcome: Literal["taken", "confirmed", "refused", "unfit"]
    taken: Taken | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A request that was proven and read; what is left is to keep it."""

    heard: Heard | None = None
    came: Came | None = None


def webhook_of(tx: Tx, key: str) -> BounceWebhook:
    found = definitions.live(tx, BOUNCE_WEBHOOK, key)
    if found is None:
        raise NotFound("There is no such bounce webhook.")
    return found.body


def read_request(
    key: str, body: BounceWebhook, request: Request, secrets: list[str], get: Get, now: datetime
) -> Read:
    """Prove and read; outside any transaction, for Amazon's certificate may have to be asked for."""
    if not is_proven(body, request, secrets, get, now):
        return Read(heard=Heard(outcome="refused", reason="It is not proven to come from the provider."))
    try:
        if body.shape == "ses" and confirm(request, get):
            return Read(heard=Heard(outcome="confirmed"))
    except ValueError as error:
        return Read(heard=Heard(outcome="refused", reason=str(error)))
    try:
        told = read_shape(body, request.raw, request.query)
    except Unfit as error:
        return Read(heard=Heard(outcome="unfit", reason=str(error)))
    digest = hashlib.sha256(told_by(body, request)).digest()
    return Read(came=Came(via=f"webhook:{key}", digest=digest, told=told, trusted=True, excerpt=_lines(told)))


def keep_request(tx: Tx, came: Came, *, at: datetime, now: datetime) -> Heard:
    return Heard(outcome="taken", taken=take_in(tx, came, at=at, now=now))


def _lines(told: list[Returned]) -> str:
    """What is shown of what could not be matched."""
    shown = (f"{one.kind}: {', '.join(one.addresses)} {one.code} {one.detail}".strip() for one in told[:10])
    return "\n".join(shown)[:1_500]

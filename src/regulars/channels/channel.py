"""What carries a message away: one small interface, and the recording channel that carries nothing away."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Literal, Protocol

from regulars.db import Tx, copy_rows
from regulars.kernel import public_id

SENDER = "Regulars <messages@regulars.invalid>"
DOMAIN = "regulars.invalid"
COLUMNS = (
    "send_id",
    "customer_id",
    "recorded_at",
    "address",
    "headers",
    "subject",
    "preheader",
    "text_body",
    "html_body",
    "tracked",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, ready to leave."""

    send_id: int
    customer_id: int
    address: str
    subject: str
    preheader: str
    text: str
    html: str | None
    at: datetime
    link: str = ""  # Where a press on a push message or a card leads.
    image: str = ""
    transactional: bool = False
    more: Mapping[str, str] = field(default_factory=dict)  # Headers of this message alone.
    tracked: bool = (
        False  # Whether opens and clicks may be counted: only then a pixel, or links that lead by us.
    )

    @property
    def id(self) -> str:
        return public_id("msg", self.send_id)

    @property
    def headers(self) -> dict[str, str]:
        """The headers in the order of sending; the id is the same however often it is handed over."""
        return {
            "From": SENDER,
            "To": self.address,
            "Subject": self.subject,
            "Date": format_datetime(self.at),
            "Message-ID": f"<{self.id}@{DOMAIN}>",
            **self.more,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one hand-over; deferred: certainly not taken, and may be tried again."""

    send_id: int
    outcome: Literal["sent", "failed", "in_doubt", "deferred"]
    reason: str | None = None
    detail: str | None = None
    retry_after_s: float | None = None  # Of a deferred one: not before so long.


class Channel(Protocol):
    name: str
    medium: str  # Which address of a customer it needs: email, sms, push, inbox, webhook.
    # Whether handing over is part of our transaction, so that a lost transaction has certainly sent nothing.
    atomic: bool

    def deliver(self, tx: Tx | None, messages: Sequence[Message]) -> Sequence[Receipt]:
        """Hand the messages over; only an atomic channel gets a transaction, so that none waits outside."""


class RecordingChannel:
    """Keeps each message as it would have left and sends nothing."""

    atomic = True

    def __init__(self, name: str = "recording", medium: str = "email") -> None:
        self.name, self.medium = name, medium

    def deliver(self, tx: Tx | None, messages: Sequence[Message]) -> Sequence[Receipt]:
        if tx is None:
            raise ValueError("The recording channel writes into the transaction that resolves; give it one.")
        copy_rows(tx, "messaging.recorded", COLUMNS, (_row(message) for message in messages))
        return [Receipt(send_id=message.send_id, outcome="sent") for message in messages]


CHANNELS: Mapping[str, Channel] = {"recording": RecordingChannel()}


def _row(message: Message) -> tuple[object, ...]:
    return (
        message.send_id,
        message.customer_id,
        message.at,
        message.address,
        json.dumps(message.headers),
        message.subject,
        message.preheader,
        message.text,
        message.html,
        message.tracked,
    )

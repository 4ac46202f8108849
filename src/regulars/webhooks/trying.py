"""A test: one request sent by hand, shown with its answer, and kept in the log."""

import secrets as chance
from dataclasses import dataclass
from datetime import UTC, datetime

from regulars import access, definitions
from regulars.access import Actor
from regulars.connections import Vault
from regulars.db import Database, value
from regulars.kernel import Conflict
from regulars.outgoing import Line, WayOut
from regulars.webhooks import signing
from regulars.webhooks.asking import Outcome, ask, headers_of
from regulars.webhooks.body import WebhookBody
from regulars.webhooks.kind import WEBHOOK
from regulars.webhooks.payload import ENCODER
from regulars.webhooks.statements import DELIVERIES

TEST = "regulars.webhooks.test"
TIME_MAX_S = 15


class NoSecret(Conflict):
    code = "webhooks.no_secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was sent and what came back."""

    delivery_id: int
    url: str
    headers: dict[str, str]
    body: str
    outcome: Outcome


def send_test(
    database: Database,
    actor: Actor,
    key: str,
    *,
    way: WayOut,
    vault: Vault,
    at: datetime,
    now: datetime,
) -> Trial:
    """Send an event of no customer by the draft if there is one, else by what is live. It is not repeated."""
    access.require(actor, "sources.publish", kind=WEBHOOK.name)
    with database.transaction() as tx:
        body = definitions.get(tx, WEBHOOK, key).body
        signing_ones = signing.opened(tx, vault, key, now)
    if not signing_ones:
        raise NoSecret(f"“{body.title}” has no secret yet; make one, then send a test.")
    message_id, text = f"msg_test_{chance.token_hex(12)}", _text(body, now)
    with Line(way) as line:
        outcome = ask(line, body, signing_ones, message_id, text, now)
    with database.transaction() as tx:
        delivery_id = value(
            tx,
            DELIVERIES.note_try,
            webhook_key=key,
            message_id=message_id,
            event=TEST,
            body=text,
            state="delivered" if outcome.delivered else "failed",
            started_at=outcome.started_at,
            ended_at=outcome.started_at,
            status=outcome.status,
            reason=outcome.reason,
            duration_ms=outcome.duration_ms,
            outcome="delivered" if outcome.delivered else "failed",
            answer=outcome.answer,
        )
        access.recorded(
            tx, actor, "webhooks.test", subject_kind="webhook", subject=key, before=None,
            after={"status": outcome.status}, at=at,
        )  # fmt: skip
    headers = headers_of(body, signing_ones, message_id, text, outcome.started_at)
    return Trial(delivery_id=delivery_id, url=body.url, headers=headers, body=text, outcome=outcome)


def _text(body: WebhookBody, now: datetime) -> str:
    timestamp = now.astimezone(UTC).isoformat().replace("+00:00", "Z")
    data = {
        "event_id": None,
        "kind": "track",
        "source": "regulars",
        "booked_at": timestamp,
        "customer": None,
        "properties": {"webhook": body.title, "note": "A test. Nothing happened to anybody."},
    }
    return ENCODER.encode({"type": TEST, "timestamp": timestamp, "data": data}).decode()

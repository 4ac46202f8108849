"""Receiving: a delivery is believed, mapped, appended to the log or kept among the rejects, and counted."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from regulars import definitions, events, log
from regulars.connections.kind import CONNECTION, Ready, ready
from regulars.connections.mapping import Arrival, apply
from regulars.connections.paths import NOTHING, Scope
from regulars.connections.payload import Envelope, Unreadable, kept_headers, read_json, seal, unseal
from regulars.connections.secrets import Vault, opened
from regulars.connections.signatures import signature_of, wrong_because
from regulars.connections.statements import SQL
from regulars.db import Tx, run, value
from regulars.events import Reception, Refusal
from regulars.kernel import NotFound
from regulars.log import NewEvent, NewReject, Reject

Outcome = Literal["taken", "again", "ignored", "rejected", "refused"]
STAGE = "webhook"
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
BYTES_MAX = 4 * 1024 * 1024  # Of a delivery.
MESSAGE_BYTES_MAX = 480 * 1024  # Of an event: what the log keeps.
TEXT_MAX = 200
DELIVERIES_KEPT = 200
REFUSED_KEPT = 50
SAMPLES_KEPT = 40
SAMPLE_DAYS = timedelta(days=7)
SAMPLE_BYTES_MAX = 512 * 1024


class NoSuchConnection(NotFound):
    code = "connections.not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a delivery."""

    outcome: Outcome
    events: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery as it came, before anything of it is believed."""

    headers: Mapping[str, str]  # Names in small letters.
    raw: bytes


def receive(tx: Tx, vault: Vault, key: str, delivery: Delivery, *, now: datetime) -> Received:
    """Take one delivery, in the caller's transaction: an answer after its commit is a promise."""
    definition = definitions.live(tx, CONNECTION, key) if KEY.fullmatch(key) else None
    if definition is None:
        raise NoSuchConnection(f"There is no connection {key[:80]!r}.")
    connection = ready(definition)
    signature = signature_of(connection.body)
    secrets = opened(tx, vault, f"connection/{key}", now)
    wrong = wrong_because(signature, secrets, delivery.headers, delivery.raw)
    if wrong is not None:
        refused = Received(outcome="refused", reason=wrong)
        _note(tx, connection, refused, topic="", delivery_key=None, size=len(delivery.raw), now=now)
        return refused
    headers = kept_headers(delivery.headers, signature.header)
    return _take(tx, connection, headers, delivery.raw, now)


def _take(tx: Tx, connection: Ready, headers: dict[str, str], raw: bytes, now: datetime) -> Received:
    try:
        payload = read_json(raw)
    except Unreadable as error:
        arrival = arrival_of(connection, headers, None, raw)
        done = _reject_unread(tx, connection, arrival, raw, error, now)
    else:
        arrival = arrival_of(connection, headers, payload, raw)
        done = _map(tx, connection, arrival, raw, now)
        _keep_sample(tx, connection, arrival, raw, now)
    _note(tx, connection, done, topic=arrival.topic, delivery_key=arrival.delivery, size=len(raw), now=now)
    return done


def arrival_of(connection: Ready, headers: Mapping[str, str], payload: Any, raw: bytes) -> Arrival:
    """With its topic and id; without an id of the sender's, the content itself is the id."""
    scope = Scope(payload=payload, headers=headers)
    topic, delivery = (_short(told(scope)) for told in (connection.topic, connection.delivery))
    digest = hashlib.sha256(topic.encode(errors="replace") + b"\0" + raw).hexdigest()[:40]
    own = delivery if delivery and len(delivery) <= TEXT_MAX // 2 else digest
    return Arrival(topic=topic, delivery=f"{connection.key}:{own}", headers=headers, payload=payload)


def _short(found: Any) -> str:
    if found is NOTHING or isinstance(found, dict | list):
        return ""
    text = str(found).encode(errors="replace").decode().replace("\0", "?")
    return text[:TEXT_MAX]


def _map(tx: Tx, connection: Ready, arrival: Arrival, raw: bytes, now: datetime) -> Received:
    made = to_events(tx, connection, arrival, now)
    if isinstance(made, Received):
        return made
    if isinstance(made, Refusal):
        envelope = Envelope(
            connection=connection.key,
            topic=arrival.topic,
            delivery=arrival.delivery,
            headers=dict(arrival.headers),
            text=raw.decode(errors="backslashreplace"),
            payload=arrival.payload,
        )
        log.refuse(tx, [_reject_of(connection, arrival, made, seal(envelope), now)])
        return Received(outcome="rejected", reason=_told(made))
    before = value(tx, SQL.seen_before, connection_key=connection.key, delivery_key=arrival.delivery)
    log.append(tx, made)
    return Received(outcome="again" if before else "taken", events=len(made))


def to_events(
    tx: Tx, connection: Ready, arrival: Arrival, now: datetime
) -> Sequence[NewEvent] | Refusal | Received:
    """The events of an arrival, why it cannot be used, or that it is nothing to us. Nothing is written."""
    mapped = apply(connection.rules, arrival, now)
    if mapped.findings:
        first = mapped.findings[0]
        more = len(mapped.findings) - 1
        reason = first.message + (f" And {more} more." if more else "")
        return Refusal(code=first.code, path=_in_envelope(first.path), reason=reason)
    if not mapped.messages:
        why = "No rule is for this topic." if not mapped.fitted else "No rule fits what it says."
        return Received(outcome="ignored", reason=why)
    reception = Reception(
        source=connection.source,
        received_at=now,
        policy=replace(events.policy_of(tx, connection.source), check=events.plan(tx).check, server=True),
        bytes_max=MESSAGE_BYTES_MAX,
    )
    read = [events.read(message, reception) for message in mapped.messages]
    refusal = next((one for one in read if isinstance(one, Refusal)), None)
    return refusal or [one for one in read if isinstance(one, NewEvent)]


def _in_envelope(path: str) -> str:
    """Where it stands in what is kept: $.total_price is payload.total_price there."""
    if path.startswith("$header."):
        return f"headers.{path.removeprefix('$header.')}"
    return f"payload{path.removeprefix('$')}" if path.startswith("$") else path


def replay(tx: Tx, payload: str, *, received_at: datetime) -> Sequence[NewEvent] | Refusal:
    """The events of a kept or mended reject, through the mapping as it is now; nothing is written."""
    try:
        envelope = unseal(payload)
    except Unreadable as error:
        return Refusal(code=error.code, path=error.path, reason=error.reason)
    definition = definitions.live(tx, CONNECTION, envelope.connection)
    if definition is None:
        told = f"There is no connection {envelope.connection[:80]!r} any more."
        return Refusal(code="webhook.no_connection", path="connection", reason=told)
    arrival = Arrival(
        topic=envelope.topic,
        delivery=envelope.delivery,
        headers=envelope.headers,
        payload=envelope.payload,
    )
    made = to_events(tx, ready(definition), arrival, received_at)
    if isinstance(made, Received):
        return Refusal(code="webhook.ignored", path="topic", reason=made.reason)
    return made


def replay_reject(tx: Tx, held: Reject, text: str) -> Refusal | None:
    """Use a reject of the stage webhook, as it came or mended; gives why it still cannot be used."""
    made = replay(tx, text, received_at=held.received_at or held.rejected_at)
    if isinstance(made, Refusal):
        return made
    log.append(tx, made)
    return None


def _reject_unread(
    tx: Tx, connection: Ready, arrival: Arrival, raw: bytes, error: Unreadable, now: datetime
) -> Received:
    envelope = Envelope(
        connection=connection.key,
        topic=arrival.topic,
        delivery=arrival.delivery,
        headers=dict(arrival.headers),
        text=raw.decode(errors="backslashreplace"),
    )
    refusal = Refusal(code=error.code, path=error.path, reason=error.reason)
    log.refuse(tx, [_reject_of(connection, arrival, refusal, seal(envelope), now)])
    return Received(outcome="rejected", reason=_told(refusal))


def _reject_of(
    connection: Ready, arrival: Arrival, refusal: Refusal, payload: str, now: datetime
) -> NewReject:
    return NewReject(
        source=connection.source,
        stage=STAGE,
        code=refusal.code,
        reason=refusal.reason,
        path=refusal.path,
        payload=payload,
        message_id=arrival.delivery,
        received_at=now,
    )


def _told(refusal: Refusal) -> str:
    return f"{refusal.path}: {refusal.reason}" if refusal.path else refusal.reason


def _note(
    tx: Tx,
    connection: Ready,
    done: Received,
    *,
    topic: str,
    delivery_key: str | None,
    size: int,
    now: datetime,
) -> None:
    run(
        tx,
        SQL.note_delivery,
        connection_key=connection.key,
        received_at=now,
        outcome=done.outcome,
        topic=topic,
        delivery_key=delivery_key,
        events=done.events,
        bytes=size,
        reason=done.reason.encode(errors="backslashreplace").decode().replace("\0", "")[:500],
    )
    is_refused = done.outcome == "refused"
    kept = REFUSED_KEPT if is_refused else DELIVERIES_KEPT
    run(tx, SQL.forget_deliveries, connection_key=connection.key, refused=is_refused, kept=kept)
    run(
        tx,
        SQL.count_delivery,
        connection_key=connection.key,
        topic=topic,
        outcome=done.outcome,
        received_at=now,
    )


def _keep_sample(tx: Tx, connection: Ready, arrival: Arrival, raw: bytes, now: datetime) -> None:
    text = raw.decode(errors="replace")
    if len(raw) > SAMPLE_BYTES_MAX or "\0" in text:
        return
    headers = {name: one for name, one in arrival.headers.items() if "\0" not in one}
    run(
        tx,
        SQL.keep_sample,
        connection_key=connection.key,
        topic=arrival.topic,
        received_at=now,
        headers=Jsonb(headers),
        payload=text,
    )
    run(
        tx,
        SQL.forget_samples,
        connection_key=connection.key,
        before=now - SAMPLE_DAYS,
        kept=SAMPLES_KEPT,
    )

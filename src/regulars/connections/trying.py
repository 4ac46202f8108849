"""Trying a mapping on a payload: the events it would become, or why not and where. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from regulars import events
from regulars.connections.body import ConnectionBody
from regulars.connections.expressions import Reading
from regulars.connections.kind import Ready, made_ready
from regulars.connections.mapping import Arrival, apply
from regulars.connections.payload import ENCODER, Unreadable, kept_headers, read_json
from regulars.connections.ready_made import TOPIC_HEADERS
from regulars.connections.receiving import BYTES_MAX, MESSAGE_BYTES_MAX, arrival_of
from regulars.db import Tx
from regulars.events import Reception, Refusal
from regulars.kernel import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    topic: str
    fitted: bool  # False: no rule is for this topic.
    messages: tuple[dict[str, Any], ...]  # Plain JSON values, amounts exact.
    findings: tuple[Finding, ...]
    sentence: str

    def text_of(self, message: Mapping[str, Any]) -> str:
        return msgspec.json.format(ENCODER.encode(message), indent=2).decode()


def try_out(
    tx: Tx,
    body: ConnectionBody,
    payload: str,
    *,
    now: datetime,
    topic: str = "",
    headers: Mapping[str, str] | None = None,
    key: str = "trial",
) -> Trial:
    """What a payload would become; `topic` stands in for the header or field that tells it."""
    reading = Reading()
    connection = made_ready(key, body, reading)
    if reading.findings:
        return _failed(topic, tuple(reading.findings), "The mapping itself has things to mend.")
    raw = payload.encode(errors="backslashreplace")
    if len(raw) > BYTES_MAX:
        found = Finding(path="$", code="webhook.size", message=f"At most {BYTES_MAX:,} bytes are taken.")
        return _failed(topic, (found,), "It is too large.")
    try:
        read = read_json(raw)
    except Unreadable as error:
        found = Finding(path=error.path, code=error.code, message=error.reason)
        return _failed(topic, (found,), "It cannot be read; it would be kept among the rejects.")
    return _tried(tx, connection, _arrival(connection, headers or {}, topic, read, raw), now)


def _arrival(connection: Ready, headers: Mapping[str, str], topic: str, payload: Any, raw: bytes) -> Arrival:
    named = {name.lower(): text for name, text in headers.items()}
    header = TOPIC_HEADERS.get(connection.body.shape)
    if topic and header:
        named[header] = topic
    found = arrival_of(connection, kept_headers(named, None), payload, raw)
    return Arrival(
        topic=topic or found.topic, delivery=found.delivery, headers=found.headers, payload=found.payload
    )


def _tried(tx: Tx, connection: Ready, arrival: Arrival, now: datetime) -> Trial:
    mapped = apply(connection.rules, arrival, now)
    reception = Reception(
        source=connection.source,
        received_at=now,
        policy=replace(events.policy_of(tx, connection.source), server=True),
        bytes_max=MESSAGE_BYTES_MAX,
    )
    read = [events.read(message, reception) for message in mapped.messages]
    refused = [one for one in read if isinstance(one, Refusal)]
    findings = mapped.findings + tuple(
        Finding(path=one.path, code=one.code, message=one.reason) for one in refused
    )
    return Trial(
        topic=arrival.topic,
        fitted=mapped.fitted,
        messages=tuple(_plain(message) for message in mapped.messages),
        findings=findings,
        sentence=_sentence(arrival.topic, mapped.fitted, len(mapped.messages), len(findings)),
    )


def _plain(message: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = read_json(ENCODER.encode(message))
    return found


def _sentence(topic: str, fitted: bool, made: int, wrong: int) -> str:  # noqa: FBT001 - a private sentence
    named = f"“{topic}”" if topic else "a delivery without a topic"
    if wrong:
        return f"It would be kept among the rejects: {wrong} thing{'s' if wrong > 1 else ''} to mend."
    if not fitted:
        return f"It would be ignored and counted: no rule is for {named}."
    if not made:
        return f"It would be ignored and counted: rules are for {named}, but none fits what it says."
    return f"It becomes {made} event{'s' if made > 1 else ''}."


def _failed(topic: str, findings: tuple[Finding, ...], sentence: str) -> Trial:
    return Trial(topic=topic, fitted=True, messages=(), findings=findings, sentence=sentence)

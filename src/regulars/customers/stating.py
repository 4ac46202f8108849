"""Telling of consent and wishes from inside the product: as events, so that all of them go one way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from regulars import access, log
from regulars.access import Actor
from regulars.customers.consent import EVENT_OF, About, last_said_at
from regulars.customers.consenting import CONSENT_CHANNELS, TRACKING
from regulars.customers.model import PREFIX
from regulars.customers.profile import get
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, public_id
from regulars.log import NewEvent

BY_HAND = "console"
TICK = timedelta(microseconds=1)
TOPIC_SIGNS_MAX, REASON_SIGNS_MAX, DAYS_MAX = 63, 1000, 365
Via = Literal["hand", "import", "preferences", "server"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Something a customer said; see `EVENT_OF` for what given and taken back mean."""

    about: About = "consent"
    given: bool
    channel: str = ""  # Of consent; "tracking" is the counting of opens and clicks.
    topic: str = ""  # Empty: the channel as a whole.
    wording: str | None = None
    wording_version: str | None = None
    purpose: str | None = None
    basis: str | None = None
    ip: str | None = None
    asked_at: datetime | None = None  # Of a double opt-in that is confirmed by this.
    asked_ip: str | None = None
    until: datetime | None = None  # Of a pause.
    every_days: int | None = None  # Of less often.

    @property
    def properties(self) -> dict[str, Any]:
        said = {
            "channel": self.channel or None,
            "topic": self.topic or None,
            "wording": self.wording,
            "wording_version": self.wording_version,
            "purpose": self.purpose,
            "basis": self.basis,
            "ip": self.ip,
            "asked_at": self.asked_at and self.asked_at.isoformat(),
            "asked_ip": self.asked_ip,
            "until": self.until and self.until.isoformat(),
            "every_days": self.every_days,
        }
        return {name: content for name, content in said.items() if content is not None}


def record(
    tx: Tx,
    customer_id: int,
    statements: Sequence[Statement],
    *,
    at: datetime,
    via: Via = "preferences",
    source: str = "preference centre",
    by: str | None = None,
    reason: str | None = None,
    key: str | None = None,
) -> list[str]:
    """Tell what a customer said; the reader of customers keeps it. Gives the ids of the events.

    The same `key` again is the same events, and changes nothing.
    It comes after all that was said before, also by a clock that ran ahead. Whether the caller may, is for
    the caller to know; raises Invalid for a statement that says nothing.
    """
    _check(statements)
    person = get(tx, customer_id)
    before = last_said_at(tx, person.customer_id)
    occurred_at = max(at, before + TICK) if before else at
    key = key or uuid4().hex
    provenance = {"kind": via} | ({"by": by} if by else {})
    told = [
        NewEvent(
            message_id=f"{via}:{key}:{place}",
            name=EVENT_OF[one.about, one.given],
            occurred_at=occurred_at,
            properties={**one.properties, "source": source} | ({"reason": reason} if reason else {}),
            customer_id=person.customer_id,
            context={"provenance": provenance},
            source=BY_HAND if via == "hand" else via,
        )
        for place, one in enumerate(statements)
    ]
    log.append(tx, told)
    return [one.message_id for one in told]


def record_by_hand(
    tx: Tx,
    actor: Actor,
    customer_id: int,
    statements: Sequence[Statement],
    *,
    reason: str,
    at: datetime,
) -> list[str]:
    """Record what a customer said to a person here, with how they said it; judged and audited."""
    for action in sorted({_action(one) for one in statements}):
        access.require(actor, action)
    why = reason.strip()
    if not 0 < len(why) <= REASON_SIGNS_MAX:
        message = f"Say how they said it, such as “on the phone today”, in 1 to {REASON_SIGNS_MAX:,} signs."
        raise Invalid(message, [Finding(path="reason", code="consent.reason", message=message)])
    person = get(tx, customer_id)
    told = record(
        tx, person.customer_id, statements, at=at, via="hand", source=BY_HAND, by=actor.name, reason=why
    )
    for one in statements:
        access.recorded(
            tx,
            actor,
            _action(one),
            subject_kind="customer",
            subject=public_id(PREFIX, person.customer_id),
            before=None,
            after={"said": EVENT_OF[one.about, one.given], **one.properties},
            reason=why,
            at=at,
        )
    return told


def _action(said: Statement) -> str:
    return "consents.restrict" if said.about == "processing" else "consents.record"


def _check(statements: Sequence[Statement]) -> None:
    findings = [
        Finding(path=f"[{place}].{path}", code="consent.unfit", message=message)
        for place, said in enumerate(statements)
        for path, message in _problems(said)
    ]
    if not statements:
        findings = [Finding(path="", code="consent.nothing", message="Say at least one thing.")]
    if findings:
        raise Invalid(findings[0].message, findings)


def _problems(said: Statement) -> Iterator[tuple[str, str]]:
    channels = (*CONSENT_CHANNELS, TRACKING)
    if said.about == "consent" and said.channel not in channels:
        yield "channel", f"{said.channel[:80]!r} is no channel; there are {', '.join(channels)}."
    if said.about != "consent" and (said.channel or said.topic):
        yield "channel", "Only consent is given by channel and topic; leave both out."
    if len(said.topic) > TOPIC_SIGNS_MAX:
        yield "topic", f"A topic has at most {TOPIC_SIGNS_MAX} signs."
    if said.every_days is not None and (said.about != "frequency" or not 0 < said.every_days <= DAYS_MAX):
        yield "every_days", f"Only “less often” has days between messages, 1 to {DAYS_MAX}."
    if said.until is not None and said.about != "pause":
        yield "until", "Only a pause has an end."
    if said.until is not None and said.until.tzinfo is None:
        yield "until", "Give the moment with its offset, as in 2026-03-01T09:00:00+01:00."

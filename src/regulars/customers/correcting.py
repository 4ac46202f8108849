"""Traits by hand and from elsewhere: written as events like all others, with who told them and until when."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from psycopg.types.json import Jsonb

from regulars import access, log
from regulars.access import Actor
from regulars.customers.computing import computed_names
from regulars.customers.declaring import declared_traits
from regulars.customers.model import PREFIX
from regulars.customers.profile import get
from regulars.customers.provenance import SQL, Told, told_traits, trait_history
from regulars.customers.stance import restricted
from regulars.db import Tx, rows, value
from regulars.kernel import Finding, Invalid, NotFound, public_id
from regulars.log import NewEvent

BY_HAND = "console"  # The source of what people write here.
NAME_SIGNS_MAX = 200
TICK = timedelta(microseconds=1)
Origin = Literal["enrichment", "import", "form"]
OF_EVENTS = ("user_id", "anonymous_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """What somebody else knows of one customer."""

    kind: str  # Of the identifier; "customer" for our own number.
    identifier: str
    traits: Mapping[str, Any]
    source: str  # Who told it, as people know it.
    origin: Origin = "enrichment"
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enriched:
    told: int
    unknown: tuple[str, ...]  # Identifiers of nobody; nothing was written for them.
    restricted: tuple[str, ...] = ()  # Of those whose data may only be kept; nothing was written either.


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    value: str
    customer_id: int


def correct_traits(
    tx: Tx, actor: Actor, customer_id: int, changes: Mapping[str, Any], *, at: datetime
) -> str:
    """Write traits by hand; None takes one away. Gives the id of the event that tells it.

    The reader of customers brings it to the profile; raises Invalid for a value of another than the
    declared type.
    """
    access.require(actor, "customers.edit")
    person = get(tx, customer_id)
    _check(tx, changes)
    standing = {told.name: told for told in told_traits(tx, person.customer_id)}
    # It must come after what stands, also when that was told with a clock that ran ahead.
    latest = max((standing[name].occurred_at + TICK for name in changes if name in standing), default=at)
    message_id = f"hand:{uuid4().hex}"
    log.append(
        tx,
        [
            NewEvent(
                message_id=message_id,
                type="identify",
                name="identify",
                occurred_at=max(at, latest),
                properties=dict(changes),
                customer_id=person.customer_id,
                context={"provenance": {"kind": "hand", "by": actor.name}},
                source=BY_HAND,
            )
        ],
    )
    access.recorded(
        tx,
        actor,
        "customers.edit",
        subject_kind="customer",
        subject=public_id(PREFIX, person.customer_id),
        before={name: standing[name].value if name in standing else None for name in changes},
        after=dict(changes),
        at=at,
    )
    return message_id


def restore_trait(tx: Tx, actor: Actor, customer_id: int, name: str, position: int, *, at: datetime) -> Told:
    """Tell a former value again, as it was told at a position; raises NotFound."""
    former = next((one for one in trait_history(tx, customer_id, name) if one.position == position), None)
    if former is None:
        raise NotFound(f"No value of {name[:80]!r} was told at {position}; open its history anew.")
    correct_traits(tx, actor, customer_id, {name: former.value}, at=at)
    return former


def _check(tx: Tx, changes: Mapping[str, Any]) -> None:
    declared = {one.path: one.type for one in declared_traits(tx)}
    findings = (
        [] if changes else [Finding(path="", code="traits.nothing", message="Give at least one trait.")]
    )
    for name in changes.keys() & computed_names(tx):
        message = f"{name} is computed; change its definition, or write another trait."
        findings.append(Finding(path=name, code="traits.computed", message=message))
    for name, given in changes.items():
        if not name.strip() or len(name) > NAME_SIGNS_MAX:
            message = f"A trait has a name of 1 to {NAME_SIGNS_MAX} signs."
            findings.append(Finding(path=name[:80], code="traits.name", message=message))
        elif given is not None and name in declared and not _fits(tx, given, declared[name]):
            message = f"{name} is declared as {declared[name]}; {json.dumps(given)[:80]} does not fit."
            findings.append(Finding(path=name, code="traits.type", message=message))
    if findings:
        raise Invalid("The traits cannot be written.", findings)


def _fits(tx: Tx, given: Any, kind: str) -> bool:
    return value(tx, SQL.typed, value=Jsonb(given), type=kind) is not None


def enrich(tx: Tx, told: Sequence[Enrichment], *, at: datetime) -> Enriched:
    """Write what others know of customers, many at once; the same again changes nothing.

    Those who restricted the use of their data are left as they are.
    """
    behind = {
        kind: _behind(tx, kind, [one.identifier for one in told if one.kind == kind])
        for kind in {one.kind for one in told}
    }
    found = [one for one in told if one.identifier in behind[one.kind]]
    held = restricted(tx, [behind[one.kind][one.identifier] for one in found])
    known = [one for one in found if behind[one.kind][one.identifier] not in held]
    log.append(tx, [_event(one, behind[one.kind][one.identifier], at) for one in known])
    return Enriched(
        told=len(known),
        unknown=tuple(one.identifier for one in told if one.identifier not in behind[one.kind]),
        restricted=tuple(one.identifier for one in found if behind[one.kind][one.identifier] in held),
    )


def _behind(tx: Tx, kind: str, identifiers: list[str]) -> dict[str, int]:
    if kind == "customer":
        return {one: int(one) for one in identifiers}
    return {r.value: r.customer_id for r in rows(tx, SQL.known, Behind, kind=kind, values=identifiers)}


def _event(one: Enrichment, customer_id: int, at: datetime) -> NewEvent:
    until = one.expires_at.isoformat() if one.expires_at else None
    written = json.dumps([one.source, customer_id, one.traits, until, at.isoformat()], sort_keys=True)
    provenance = {"kind": one.origin} | ({"expires_at": until} if until else {})
    return NewEvent(
        message_id=f"{one.origin}:{hashlib.sha256(written.encode()).hexdigest()[:32]}",
        type="identify",
        name="identify",
        occurred_at=at,
        properties=dict(one.traits),
        customer_id=customer_id,
        context={"provenance": provenance},
        source=one.source,
    )

"""Single messages that an application hands over: a receipt, a reset link; each once for its key."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from regulars.access import Actor
from regulars.campaigns.handing_checks import Ready, ready
from regulars.customers import hold
from regulars.db import Database, Query, Statements, Tx, rows, run
from regulars.kernel import Conflict, Finding, Invalid, public_id
from regulars.messaging import Sender, Single, SourceName, carry_on, enqueue_each, find_source, open_source

API = "api"  # The kind of their sources.
KEYS_KEPT_DAYS = 30


class Sql(Statements, file="handing.sql"):
    take: Query
    taken: Query
    give_sends: Query
    add_source: Query
    waiting: Query
    forget_keys: Query


SQL = Sql()


class KeyReused(Conflict):
    """The same idempotency key came with other words."""

    code = "messages.key_reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    template: str
    to: str  # cus_…, an e-mail address, a phone number, or the identifier of the application's own.
    idempotency_key: str
    data: Mapping[str, Any] = field(default_factory=dict)
    channel: str | None = None  # Left out, the only one that carries what the template is.

    @property
    def digest(self) -> bytes:
        said = [self.template, self.to, self.data, self.channel]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    send_id: int
    customer_id: int
    state: str
    again: bool  # It was handed over before under the same key, and nothing happened now.

    @property
    def id(self) -> str:
        return public_id("msg", self.send_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    handed_id: int
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    idempotency_key: str
    digest: bytes
    send_id: int
    customer_id: int
    state: str


def hand_over(tx: Tx, actor: Actor, given: Sequence[Handing], *, at: datetime, now: datetime) -> list[Handed]:
    """Put messages into the ledger, all or none, and say which they are, in the order given.

    A key that came before gives the message of then. Raises Invalid with every finding at its place, and
    KeyReused when a key of before came with other words.
    """
    hold(tx)
    _refuse_twins(given)
    keys = [one.idempotency_key for one in given]
    fresh = {
        one.idempotency_key: one.handed_id
        for one in rows(
            tx, SQL.take, _New, keys=keys, digests=[one.digest for one in given], by=actor.name, now=now
        )
    }
    new = [one for one in given if one.idempotency_key in fresh]
    places = [place for place, one in enumerate(given) if one.idempotency_key in fresh]
    checked = ready(tx, new, places)
    sends = _enqueue(tx, actor, new, checked, fresh, at)
    run(tx, SQL.give_sends, handed_ids=list(sends), send_ids=list(sends.values()))
    return _answers(tx, given, fresh)


def _enqueue(
    tx: Tx,
    actor: Actor,
    new: Sequence[Handing],
    checked: Sequence[Ready],
    fresh: Mapping[str, int],
    at: datetime,
) -> dict[int, int]:
    """The sends by the number under which each was handed over."""
    alike: dict[tuple[str, int, str], list[tuple[Handing, Ready]]] = defaultdict(list)
    for one, found in zip(new, checked, strict=True):
        alike[(one.template, found.version, found.channel)].append((one, found))
    sends: dict[int, int] = {}
    for (key, version, channel), many in sorted(alike.items()):
        template = many[0][1].template
        source = open_source(
            tx,
            SourceName(kind=API, key=key, version=version, step=channel),
            channel=channel,
            template_key=key,
            template_version=version,
            at=at,
            topic=template.topic,
            purpose=template.purpose,
            capped=template.purpose != "transactional",
            actor=actor,
        )
        run(tx, SQL.add_source, key=key, version=version, step=channel, at=at)
        singles = [
            Single(customer_id=found.customer_id, entry=fresh[one.idempotency_key], data=one.data)
            for one, found in many
        ]
        sends |= enqueue_each(tx, source, singles, at=at)
    return sends


def _answers(tx: Tx, given: Sequence[Handing], fresh: Mapping[str, int]) -> list[Handed]:
    keys = [one.idempotency_key for one in given]
    taken = {one.idempotency_key: one for one in rows(tx, SQL.taken, _Taken, keys=keys)}
    for one in given:
        if bytes(taken[one.idempotency_key].digest) != one.digest:
            raise KeyReused(
                f"The key {one.idempotency_key[:80]!r} was used for another message. Give each message a key "
                "of its own, and the same key only to ask for the same again."
            )
    return [
        Handed(
            send_id=taken[key].send_id,
            customer_id=taken[key].customer_id,
            state=taken[key].state,
            again=key not in fresh,
        )
        for key in keys
    ]


def _refuse_twins(given: Sequence[Handing]) -> None:
    seen: set[str] = set()
    found = []
    for place, one in enumerate(given):
        if one.idempotency_key in seen:
            message = f"The key {one.idempotency_key[:80]!r} stands twice in this list; give each its own."
            path = f"messages[{place}].idempotency_key"
            found.append(Finding(path=path, code="messages.key_twice", message=message))
        seen.add(one.idempotency_key)
    if found:
        raise Invalid("Nothing was sent: keys stand twice.", found)


def carry_on_handed(database: Database, sender: Sender, *, at: datetime) -> int:
    """Move the single messages that wait; gives how many moved. Any number of processes may.

    What is transactional goes first: somebody looks at an empty mailbox meanwhile.
    """
    with database.transaction() as tx:
        names = [
            SourceName(kind=API, key=one.key, version=one.version, step=one.step)
            for one in rows(tx, SQL.waiting, _Waiting)
        ]
        names.sort(key=lambda name: find_source(tx, name).purpose != "transactional")
    return sum(carry_on(database, sender, name, at=at) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    key: str
    version: int
    step: str


def forget_keys(tx: Tx, now: datetime) -> int:
    """Let idempotency keys go that nobody will repeat any more."""
    return run(tx, SQL.forget_keys, before=now - timedelta(days=KEYS_KEPT_DAYS))

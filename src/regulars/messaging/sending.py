"""Moving a source's ledger: claim a batch, check and render it, hand it over, resolve it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from regulars.channels import CHANNELS, Channel, Message, Receipt
from regulars.customers import Customer, by_ids, hold
from regulars.db import Database, Tx
from regulars.definitions import get
from regulars.messaging import ledger, suppression
from regulars.messaging.checks import Facts, one_an_address, outcome_of
from regulars.messaging.hearing import Hearing, Subject, hearing
from regulars.messaging.ledger import LEASE_S, Claimed, Outcome, Source, SourceName
from regulars.orders import for_messages, products_for_messages
from regulars.templates import TEMPLATE, Abort, Prepared, keys, prepared

BATCH = 1_000  # Check, render and record of so many take about 0.2 s.

# Of these customers, those who are in the audience now.
Audience = Callable[[Tx, Sequence[int]], AbstractSet[int]]
# Further variables of these customers, such as tier and points.
Variables = Callable[[Tx, Sequence[int]], Mapping[int, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom one send goes to, and where."""

    send_id: int
    customer_id: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one message carries and no other does, such as the links of its reader."""

    variables: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


# The letters of these recipients of a source, by send; who needs none is left out.
Letters = Callable[[Tx, Source, Sequence[Recipient]], Mapping[int, Letter]]
# A last hand on the messages of a batch, such as links that lead by us; it may change and never leave out.
Finish = Callable[[Tx, Source, Sequence[Message]], Sequence[Message]]
# The channel of a key; of one that is not live it raises.
ChannelOf = Callable[[Tx, str], Channel]
PLAIN = Letter()


def everybody(_tx: Tx, customer_ids: Sequence[int]) -> AbstractSet[int]:
    return set(customer_ids)


def nothing_more(_tx: Tx, _customer_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
    return {}


def plain_letters(_tx: Tx, _source: Source, _to: Sequence[Recipient]) -> Mapping[int, Letter]:
    return {}


def as_they_are(_tx: Tx, _source: Source, messages: Sequence[Message]) -> Sequence[Message]:
    return messages


def built_in(_tx: Tx, key: str) -> Channel:
    return CHANNELS[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What sends: the channels of the installation and what the rooms above know of people."""

    channels: Mapping[str, Channel] = field(default_factory=lambda: CHANNELS)
    channel_of: ChannelOf = built_in
    audience: Audience = everybody
    variables: Variables = nothing_more
    letters: Letters = plain_letters
    finish: Finish = as_they_are
    batch: int = BATCH
    lease_s: float = LEASE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    source: Source
    worker: str
    channel: Channel
    at: datetime


def carry_on(database: Database, sender: Sender, name: SourceName, *, at: datetime) -> int:
    """Move everything that waits in a source and return how many left it; can be killed and called again.

    Several processes may work on one source: each takes rows of its own.
    """
    with database.transaction() as tx:
        hold(tx)
        source = ledger.find_source(tx, name)
        ledger.recover(tx, source, atomic=sender.channels[source.channel].atomic, at=at)
    moved = 0
    while step := send_batch(database, sender, source, at=at):
        moved += step
    return moved


def send_batch(database: Database, sender: Sender, source: Source, *, at: datetime) -> int:
    """Claim, decide and resolve one batch; returns how many rows it claimed, 0 when nothing waits."""
    batch = _Batch(source=source, worker=uuid.uuid4().hex, channel=sender.channels[source.channel], at=at)
    if batch.channel.atomic:
        return _send_within(database, sender, batch)
    with database.transaction() as tx:
        claimed = ledger.claim(tx, source, worker=batch.worker, limit=sender.batch, lease_s=sender.lease_s)
    if not claimed:
        return 0
    with database.transaction() as tx:
        hold(tx)
        messages = _decide(tx, sender, batch, claimed)
    if messages:
        _hand_over(database, batch, messages)
    return len(claimed)


def _send_within(database: Database, sender: Sender, batch: _Batch) -> int:
    """All three steps in one transaction: who is killed in it leaves no lease that others have to sit out."""
    with database.transaction() as tx:
        hold(tx)
        claimed = ledger.claim(
            tx, batch.source, worker=batch.worker, limit=sender.batch, lease_s=sender.lease_s
        )
        messages = _decide(tx, sender, batch, claimed) if claimed else []
        if messages:
            _hand_over_within(tx, batch, messages)
    return len(claimed)


def _decide(tx: Tx, sender: Sender, batch: _Batch, claimed: Sequence[Claimed]) -> list[Message]:
    """Check and render; what may leave is marked as being handed over, the rest is resolved."""
    owners = ledger.owners(tx, claimed)
    claimed = [replace(row, customer_id=owners[row.send_id].customer_id) for row in claimed]
    people = by_ids(tx, [row.customer_id for row in claimed])
    second = {owner.send_id for owner in owners.values() if owner.comes_second}
    subject = subject_of(batch.source, batch.channel)
    heard = hearing(tx, list(people), subject, batch.at, sending=True)
    facts = _facts(tx, sender, batch.channel, claimed, people, second, heard)
    outcomes = [outcome_of(one) for one in facts]
    leaving = {one.send_id for one in outcomes if one.state == "handed"}
    body = get(tx, TEMPLATE, batch.source.template_key, batch.source.template_version).body
    wanted = [row for row in claimed if row.send_id in leaving]
    more = sender.variables(tx, [row.customer_id for row in wanted])
    template = prepared(body)
    variables = _variables(tx, template, wanted, people, more)
    products = _products(tx, template, variables)
    letters = sender.letters(tx, batch.source, _recipients(wanted, people))
    messages, aborted = _render(template, batch, wanted, people, variables, products, letters, heard.tracked)
    outcomes = [aborted.get(one.send_id, one) for one in outcomes]
    hashes = [one.address_hash for one in outcomes if one.address_hash is not None]
    taken = ledger.taken_addresses(tx, batch.source, hashes, claimed[0].entry)
    outcomes = one_an_address(outcomes, taken)
    held = ledger.decide(tx, outcomes, worker=batch.worker, at=batch.at)
    return list(sender.finish(tx, batch.source, [one for one in messages if one.send_id in held]))


def _facts(
    tx: Tx,
    sender: Sender,
    channel: Channel,
    claimed: Sequence[Claimed],
    people: Mapping[int, Customer],
    second: AbstractSet[int],
    heard: Hearing,
) -> list[Facts]:
    addresses = {number: person.email for number, person in people.items() if person.email}
    key = suppression.secret(tx)
    hashes = {number: suppression.hashed(key, address) for number, address in addresses.items()}
    refused = suppression.suppressed(tx, list(hashes.values()), channel=channel.medium)
    present = sender.audience(tx, [row.customer_id for row in claimed])
    return [
        Facts(
            send_id=row.send_id,
            arm=row.arm,
            known=row.customer_id in people,
            comes_second=row.send_id in second,
            address=addresses.get(row.customer_id),
            address_usable=suppression.usable(addresses.get(row.customer_id, "")),
            address_hash=hashes.get(row.customer_id),
            suppressed=hashes.get(row.customer_id) in refused,
            unheard=heard.refused.get(row.customer_id),
            in_audience=row.customer_id in present,
        )
        for row in claimed
    ]


def _render(
    template: Prepared,
    batch: _Batch,
    wanted: Sequence[Claimed],
    people: Mapping[int, Customer],
    variables: Mapping[int, Mapping[str, Any]],
    products: Mapping[str, Mapping[str, Any]],
    letters: Mapping[int, Letter],
    tracked: AbstractSet[int],
) -> tuple[list[Message], dict[int, Outcome]]:
    messages: list[Message] = []
    aborted: dict[int, Outcome] = {}
    for row in wanted:
        person, letter = people[row.customer_id], letters.get(row.send_id, PLAIN)
        try:
            said = template.render({**variables[row.customer_id], **letter.variables}, products)
        except Abort as wish:
            aborted[row.send_id] = Outcome(
                send_id=row.send_id, state="skipped", reason="aborted", detail=str(wish)
            )
            continue
        messages.append(
            Message(
                send_id=row.send_id,
                customer_id=row.customer_id,
                address=person.email or "",
                subject=said.subject,
                preheader=said.preheader,
                text=said.text,
                html=said.html,
                at=batch.at,
                transactional=batch.source.purpose == "transactional",
                more=letter.headers,
                tracked=row.customer_id in tracked,
            )
        )
    return messages, aborted


def subject_of(source: Source, channel: Channel) -> Subject:
    """Say what a source's messages are about, for the check of consent."""
    return Subject(
        medium=channel.medium, topic=source.topic, purpose=source.purpose, targeted=source.targeted
    )


def _recipients(wanted: Sequence[Claimed], people: Mapping[int, Customer]) -> list[Recipient]:
    return [
        Recipient(
            send_id=row.send_id, customer_id=row.customer_id, address=people[row.customer_id].email or ""
        )
        for row in wanted
    ]


def _variables(
    tx: Tx,
    template: Prepared,
    wanted: Sequence[Claimed],
    people: Mapping[int, Customer],
    more: Mapping[int, Mapping[str, Any]],
) -> dict[int, dict[str, Any]]:
    ids = [row.customer_id for row in wanted]
    bought = for_messages(tx, ids) if template.says_last_order else {}
    return {one: variables_of(people[one], {**bought.get(one, {}), **more.get(one, {})}) for one in ids}


def _products(
    tx: Tx, template: Prepared, variables: Mapping[int, Mapping[str, Any]]
) -> Mapping[str, Mapping[str, Any]]:
    """Return all products that a batch of messages looks up, in one statement."""
    asked = {key for said in variables.values() for key in keys(template.lookups, said)}
    return products_for_messages(tx, sorted(asked)) if asked else {}


def variables_of(person: Customer, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a template can ask for; what is not known is left out, so that it counts as missing."""
    given = {
        "id": person.id,
        "name": person.name,
        "first_name": person.traits.get("first_name") or (person.name or "").partition(" ")[0] or None,
        "email": person.email,
        "phone": person.phone,
    }
    customer = {name: content for name, content in given.items() if content is not None}
    return {**more, "customer": customer, "traits": person.traits}


def _hand_over(database: Database, batch: _Batch, messages: Sequence[Message]) -> None:
    receipts = _delivered(batch.channel, messages)
    with database.transaction() as tx:
        _resolve(tx, batch, receipts)


def _hand_over_within(tx: Tx, batch: _Batch, messages: Sequence[Message]) -> None:
    _resolve(tx, batch, batch.channel.deliver(tx, messages))


def _delivered(channel: Channel, messages: Sequence[Message]) -> Sequence[Receipt]:
    """Hand over outside any transaction; what has no receipt afterwards may have left."""
    try:
        receipts = {receipt.send_id: receipt for receipt in channel.deliver(None, messages)}
        missing = "The channel gave no receipt."
    except Exception as error:  # noqa: BLE001 - whatever it was, nobody knows how much had left
        receipts, missing = {}, f"{type(error).__name__}: {error}"
    return [
        receipts.get(
            message.send_id,
            Receipt(send_id=message.send_id, outcome="in_doubt", reason="no_answer", detail=missing),
        )
        for message in messages
    ]


def _resolve(tx: Tx, batch: _Batch, receipts: Sequence[Receipt]) -> None:
    outcomes = [
        Outcome(
            send_id=one.send_id,
            state=one.outcome,
            reason=one.reason or ("refused" if one.outcome == "failed" else None),
            detail=one.detail,
        )
        for one in receipts
    ]
    ledger.resolve(tx, outcomes, worker=batch.worker, at=batch.at)

"""Moving a source's ledger: claim a batch, check and render it, hand it over, resolve it."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from regulars import access, log
from regulars.channels import CHANNELS, Channel, Message, Receipt
from regulars.customers import hold
from regulars.db import Database, Tx, rows, values
from regulars.messaging import ledger
from regulars.messaging.address import addresses_of
from regulars.messaging.ahead import Answers, FetchOf, ask_ahead, lease, nothing_fetched, take_back
from regulars.messaging.checks import REASONS
from regulars.messaging.day_share import Share, let_go, share_out
from regulars.messaging.hearing import Subject
from regulars.messaging.judging import (
    SQL,
    Audience,
    Facts,
    Judged,
    Question,
    counted_again,
    everybody,
    facts_of,
    judge,
    seconds_of,
)
from regulars.messaging.ledger import LEASE_S, Claimed, Outcome, again_at
from regulars.messaging.policy_kind import sending_policy
from regulars.messaging.rendering import (
    Letter,
    Letters,
    Recipient,
    Rendering,
    Variables,
    nothing_more,
    plain_letters,
    render,
    template_of,
    variables_of,
)
from regulars.messaging.source import Source, SourceName, find_source, source_of_id
from regulars.templates import Fetch, Prepared, nothing_leaves

__all__ = ["Letter", "Letters", "Recipient", "Sender", "carry_on", "send_batch", "variables_of"]

BATCH = 2_000  # Check, render and record of so many take about 0.4 s.
FETCHING_BATCH = 100  # Requests take up to two seconds each, and the rows are leased meanwhile.

# A last hand on the messages of a batch, such as links that lead by us; it may change and never leave out.
Finish = Callable[[Tx, Source, Sequence[Message]], Sequence[Message]]
# The channel of a key; of one that is not live it raises.
ChannelOf = Callable[[Tx, str], Channel]
# What may still leave by a channel today; None: any number. Whoever asks it keeps others from doing so.
Allowance = Callable[[Tx, str, datetime], Share | None]


def as_they_are(_tx: Tx, _source: Source, messages: Sequence[Message]) -> Sequence[Message]:
    return messages


def built_in(_tx: Tx, key: str) -> Channel:
    return CHANNELS[key]


def any_number(_tx: Tx, _channel: str, _at: datetime) -> Share | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What sends: the channels of the installation and what the rooms above know of people."""

    channel_of: ChannelOf = built_in
    audience: Audience = everybody
    variables: Variables = nothing_more
    letters: Letters = plain_letters
    finish: Finish = as_they_are
    allowance: Allowance = any_number
    fetch: Fetch | None = None  # What templates may ask of the world; none: nothing.
    batch: int = BATCH
    lease_s: float = LEASE_S

    def fetch_now(self, tx: Tx) -> Fetch | None:
        """What templates may ask of the world; where the clock stands, which is a demonstration, nothing."""
        return self.fetch if log.clock(tx).stands_at is None else nothing_leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    source: Source
    template: Prepared
    worker: str
    channel: Channel
    at: datetime
    claimed: Mapping[int, Claimed]
    fetch_of: FetchOf = nothing_fetched

    @property
    def transactional(self) -> bool:
        return self.source.purpose == "transactional"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    address_hash: bytes
    entry: int


def carry_on(database: Database, sender: Sender, name: SourceName, *, at: datetime) -> int:
    """Move everything that is due of a source and return how many; can be killed and called again.

    Several processes may work on one source: each takes rows of its own. What may not leave yet waits for a
    later call.
    """
    with database.transaction() as tx:
        hold(tx)
        source = find_source(tx, name)
        ledger.recover(tx, source, atomic=sender.channel_of(tx, source.channel).atomic, at=at)
    moved = 0
    while step := send_batch(database, sender, source, at=at):
        moved += step
    return moved


def send_batch(database: Database, sender: Sender, source: Source, *, at: datetime) -> int:
    """Claim, decide and resolve one batch; returns how many rows it claimed, 0 when nothing is due."""
    with database.transaction() as tx:
        hold(tx)
        batch = _claimed(tx, sender, source, at)
        if batch is None:
            return 0
        fetch, answers = sender.fetch_now(tx) if batch.template.fetches else None, Answers()
        asks = fetch is not None and fetch is not nothing_leaves
        if asks:
            _look_ahead(tx, sender, batch, answers, batch.claimed)
            lease(tx, list(batch.claimed), worker=batch.worker, lease_s=sender.lease_s)
        else:
            messages = _decide(tx, sender, replace(batch, fetch_of=lambda _send: fetch))
    if fetch is not None and asks:
        messages = _decide_asked(database, sender, batch, answers, fetch)
    if messages:
        _hand_over(database, batch, messages)
    return len(batch.claimed)


def _claimed(tx: Tx, sender: Sender, source: Source, at: datetime) -> _Batch | None:
    """Take what is due, unless the source was paused meanwhile or nothing more may leave now."""
    now = source_of_id(tx, source.source_id)
    if now is None or now.paused:
        return None
    template = template_of(tx, now)
    limit = min(sender.batch, FETCHING_BATCH) if template.fetches else sender.batch
    claimed = _due(tx, sender, now, limit, at)
    if not claimed:
        return None
    return _Batch(
        source=now,
        template=template,
        worker=uuid.uuid4().hex,
        channel=sender.channel_of(tx, now.channel),
        at=at,
        claimed={row.send_id: row for row in claimed},
    )


def _due(tx: Tx, sender: Sender, source: Source, limit: int, at: datetime) -> list[Claimed]:
    """Those whose turn it is; a plan of warming up must not keep back a receipt or a reset link."""
    if source.purpose == "transactional":
        return ledger.claim(tx, source, limit=limit, at=at)
    share = sender.allowance(tx, source.channel, at)
    if share is not None:
        share_out(tx, source, share, at=at)
        limit = min(limit, share.left)
        return ledger.claim(tx, source, limit=limit, at=at) if limit else []
    claimed = ledger.claim(tx, source, limit=limit, at=at)
    if not claimed and let_go(tx, source, at=at):
        claimed = ledger.claim(tx, source, limit=limit, at=at)
    return claimed


def _decide_asked(
    database: Database, sender: Sender, batch: _Batch, answers: Answers, fetch: Fetch
) -> Sequence[Message]:
    """Ask what the batch asks for while no transaction is open, then decide by the answers."""

    def write(send_ids: AbstractSet[int]) -> None:
        with database.transaction() as tx:
            _look_ahead(tx, sender, batch, answers, send_ids)

    ask_ahead(answers, fetch, write)
    with database.transaction() as tx:
        hold(tx)
        mine = take_back(tx, list(batch.claimed), worker=batch.worker)
        if source_of_id(tx, batch.source.source_id) != batch.source:
            return ()  # Paused, stopped or changed meanwhile: they wait, and are looked at anew.
        claimed = {row.send_id: row for row in mine}
        return _decide(tx, sender, replace(batch, claimed=claimed, fetch_of=answers.of))


def _look_ahead(tx: Tx, sender: Sender, batch: _Batch, answers: Answers, send_ids: Collection[int]) -> None:
    """Judge and write as the decision will, to learn what is asked; nothing of it is kept, no lock either."""
    claimed = {number: batch.claimed[number] for number in send_ids}
    seen = replace(batch, claimed=claimed, fetch_of=answers.of)
    with tx.transaction(force_rollback=True):
        judged = _judged(tx, seen, question_of(tx, sender, batch.source, batch.at))
        render(tx, sender.variables, sender.letters, _rendering(seen, judged))


def _decide(tx: Tx, sender: Sender, batch: _Batch) -> Sequence[Message]:
    """Check and render; gives what is to be handed over outside of the transaction."""
    question = question_of(tx, sender, batch.source, batch.at)
    judged = _judged(tx, batch, question)
    made = render(tx, sender.variables, sender.letters, _rendering(batch, judged))
    outcomes = {**judged.stood, **made.aborted}
    left = [one for one in judged.left if one.send_id not in outcomes]
    outcomes |= counted_again(tx, question, left, judged.zones)
    outcomes |= _one_an_address(tx, batch, [one for one in left if one.send_id not in outcomes])
    hashes = {one.send_id: one.address_hash for one in left if one.send_id not in outcomes}
    messages = [one for one in made.messages if one.send_id in hashes]
    messages = list(sender.finish(tx, batch.source, messages)) if messages else []
    if batch.channel.atomic:
        receipts = batch.channel.deliver(tx, messages) if messages else []
        gone = [_outcome(batch, one, hashes[one.send_id]) for one in receipts]
        messages = []
    else:
        gone = [Outcome(send_id=number, state="handed", address_hash=code) for number, code in hashes.items()]
    _write(tx, sender, batch, [*(_still_in_doubt(batch, one) for one in outcomes.values()), *gone])
    return messages


def _write(tx: Tx, sender: Sender, batch: _Batch, outcomes: Sequence[Outcome]) -> None:
    ledger.decide(tx, outcomes, worker=batch.worker, lease_s=sender.lease_s, at=batch.at)


def _judged(tx: Tx, batch: _Batch, question: Question) -> Judged:
    claimed = batch.claimed.values()
    people = [row.customer_id for row in claimed]
    facts = facts_of(
        tx,
        question,
        [row.send_id for row in claimed],
        people,
        [row.arm for row in claimed],
        addresses_of(tx, batch.channel, batch.source.medium, people),
    )
    return judge(tx, question, facts, second=seconds_of(tx, list(batch.claimed)))


def question_of(tx: Tx, sender: Sender, source: Source, at: datetime) -> Question:
    return Question(
        subject=subject_of(source),
        policy=sending_policy(tx),
        at=at,
        zone=access.zone(tx),
        priority=source.priority,
        capped=source.capped,
        audience=sender.audience,
        sending=True,
    )


def subject_of(source: Source) -> Subject:
    """Say what a source's messages are about, for the check of consent."""
    return Subject(medium=source.medium, topic=source.topic, purpose=source.purpose, targeted=source.targeted)


def _rendering(batch: _Batch, judged: Judged) -> Rendering:
    return Rendering(
        source=batch.source,
        template=batch.template,
        fetch_of=batch.fetch_of,
        at=batch.at,
        claimed=[batch.claimed[one.send_id] for one in judged.left],
        addresses={one.send_id: one.address or "" for one in judged.left},
        tracked=judged.heard.tracked,
    )


def _one_an_address(tx: Tx, batch: _Batch, left: Sequence[Facts]) -> dict[int, Outcome]:
    """Refuse those whose address has had the message; of several here the first of the ledger gets it."""
    if not left:
        return {}
    entries = {one.send_id: batch.claimed[one.send_id].entry for one in left}
    values(tx, SQL.one_at_a_time, source_id=batch.source.source_id)
    taken = rows(
        tx,
        SQL.taken_addresses,
        _Taken,
        source_id=batch.source.source_id,
        hashes=[one.address_hash for one in left],
        entries=list(entries.values()),
    )
    seen = {(one.address_hash, one.entry) for one in taken}
    refused = {}
    for one in sorted(left, key=lambda one: one.send_id):
        place = (one.address_hash or b"", entries[one.send_id])
        if place in seen:
            refused[one.send_id] = Outcome(send_id=one.send_id, state="skipped", reason="same_address")
        seen.add(place)
    return refused


def _hand_over(database: Database, batch: _Batch, messages: Sequence[Message]) -> None:
    receipts = _delivered(batch.channel, messages)
    with database.transaction() as tx:
        _resolve(tx, batch, receipts)


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
    outcomes = [_outcome(batch, one) for one in receipts]
    ledger.resolve(tx, outcomes, worker=batch.worker, at=batch.at)


def _still_in_doubt(batch: _Batch, refused: Outcome) -> Outcome:
    """The checks let it not go again; that it may have left before stays true."""
    before = batch.claimed[refused.send_id]
    if refused.state != "skipped" or not before.may_have_left:
        return refused
    words = REASONS.get(refused.reason or "", "")
    return replace(refused, state="in_doubt", reason=_doubt(before), detail=f"not tried again: {words}")


def _doubt(before: Claimed) -> str:
    return "interrupted" if before.reason == "interrupted" else "no_answer"


def _outcome(batch: _Batch, one: Receipt, address_hash: bytes | None = None) -> Outcome:
    """What the ledger keeps of a receipt: what was not taken waits again, as do transactional doubts."""
    before = batch.claimed[one.send_id]
    tries = before.tries
    again = one.outcome == "deferred" or (one.outcome == "in_doubt" and batch.transactional)
    state, reason = str(one.outcome), one.reason
    if again and tries < ledger.TRIES_MAX:
        return Outcome(
            send_id=one.send_id,
            state="queued",
            reason=_doubt(before) if before.may_have_left else reason or one.outcome,
            detail=one.detail,
            not_before=again_at(batch.at, tries, one.retry_after_s),
        )
    if one.outcome == "deferred":
        state, reason = "failed", "gave_up"
    if reason is None and state in ("failed", "in_doubt"):
        reason = "refused" if state == "failed" else "no_answer"
    if state == "failed" and before.may_have_left:
        state, reason = "in_doubt", _doubt(before)
    return Outcome(
        send_id=one.send_id, state=state, reason=reason, detail=one.detail, address_hash=address_hash
    )

"""Mending: what was refused is corrected or tried again, and stands in the log once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from regulars import log
from regulars.db import Database, Tx
from regulars.events.instants import parse_instant
from regulars.events.reading import read
from regulars.events.reception import Reception, Refusal
from regulars.events.source import policy_of
from regulars.kernel import Conflict
from regulars.log import NewEvent, NewReject, Reject, RejectFilter

CHUNK = 200
EXPIRY_ROUNDS_MAX = 50

# Uses the text of a reject, as it came or edited, inside the transaction; gives why it still cannot be used.
Replay = Callable[[Tx, Reject, str], Refusal | None]


class RejectSettled(Conflict):
    code = "events.reject_settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    state: Literal["open", "mended", "replayed"]
    refusal: Refusal | None = None  # Why it is still open.


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of replaying many."""

    replayed: int = 0
    refused: int = 0


class _StillRefused(Exception):
    """Rolls back to before the attempt; never leaves the room."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def mend(
    tx: Tx, reject_id: int, replays: Mapping[str, Replay], *, by: str, text: str | None = None
) -> Outcome:
    """Use one reject, edited or as it came, and settle it in the same transaction.

    Raises RejectSettled when it is settled already, so that twice is once. An edited text that is refused
    changes nothing; one tried again as it came keeps the newest reason.
    """
    held = log.reject(tx, reject_id, hold=True)
    _refuse_settled(held)
    edited = text is not None and text != held.payload
    refusal = _attempt(tx, held, text if text is not None else held.payload or "", replays)
    if refusal is None:
        state: Literal["mended", "replayed"] = "mended" if edited else "replayed"
        log.settle(tx, [reject_id], state, by=by)
        return Outcome(state=state)
    if not edited:
        log.refuse_again(tx, [(reject_id, _again(held, refusal))])
    return Outcome(state="open", refusal=refusal)


def replay_all(
    database: Database,
    chosen: RejectFilter,
    replays: Mapping[str, Replay],
    *,
    by: str,
    say: Callable[[int, int], None] = lambda _done, _of: None,
) -> Replayed:
    """Try again everything of a filter that is open now, some hundred in a transaction; `say` hears how far.

    What somebody else has in hand is left to them. Stopped in the middle and begun again, it goes on: what is
    settled is not tried again.
    """
    with database.transaction() as tx:
        bounds = log.open_set(tx, chosen)
    result, after = Replayed(), 0
    while after < bounds.last:
        with database.transaction() as tx:
            held = log.hold_open(tx, chosen, after=after, to=bounds.last, limit=CHUNK)
            if not held:
                break
            result = _replay_chunk(tx, held, replays, by, result)
            after = held[-1].reject_id
        say(result.replayed + result.refused, bounds.rejects)
    return result


def _replay_chunk(
    tx: Tx, held: list[Reject], replays: Mapping[str, Replay], by: str, result: Replayed
) -> Replayed:
    settled: list[int] = []
    failed: list[tuple[int, NewReject]] = []
    for one in held:
        refusal = _attempt(tx, one, one.payload or "", replays)
        if refusal is None:
            settled.append(one.reject_id)
        else:
            failed.append((one.reject_id, _again(one, refusal)))
    log.settle(tx, settled, "replayed", by=by)
    log.refuse_again(tx, failed)
    return replace(result, replayed=result.replayed + len(settled), refused=result.refused + len(failed))


def dismiss_reject(tx: Tx, reject_id: int, *, by: str) -> None:
    """Give it up: it will not be used."""
    _refuse_settled(log.reject(tx, reject_id, hold=True))
    log.settle(tx, [reject_id], "dismissed", by=by)


def expire_rejects(tx: Tx, _at: datetime) -> None:
    """What is older than 30 days by the wall clock expires; a bounded number at a time, the rest tomorrow."""
    for _ in range(EXPIRY_ROUNDS_MAX):
        if not log.expire_rejects(tx):
            return


def _refuse_settled(held: Reject) -> None:
    if held.state != "open":
        who = f" by {held.settled_by}" if held.settled_by else ""
        raise RejectSettled(f"It is {held.state} already{who}; nothing is left to do with it.")


def _attempt(tx: Tx, held: Reject, text: str, replays: Mapping[str, Replay]) -> Refusal | None:
    if held.payload is None:
        return Refusal(code="events.erased", path="", reason="What was refused is erased; it cannot be used.")
    replay = replays.get(held.stage)
    if replay is None:
        reason = f"What was refused at the stage {held.stage} cannot be tried again here; send it anew."
        return Refusal(code="events.no_replay", path="", reason=reason)
    try:
        with tx.transaction():
            refusal = replay(tx, held, text)
            if refusal is not None:
                raise _StillRefused(refusal)
    except _StillRefused as still:
        return still.refusal
    return None


def _again(held: Reject, refusal: Refusal) -> NewReject:
    return NewReject(
        source=held.source,
        stage=held.stage,
        code=refusal.code,
        path=refusal.path,
        reason=refusal.reason,
        payload="",
    )


def replay_message(tx: Tx, held: Reject, text: str) -> Refusal | None:
    """A message of the tracking API: read as of when it came, with the source's policy of now."""
    item = parse_json(text)
    if isinstance(item, Refusal):
        return item
    if isinstance(item, dict) and held.message_id and not item.get("messageId"):
        item = {**item, "messageId": held.message_id}
    reception = Reception(
        source=held.source,
        received_at=held.received_at or held.rejected_at,
        policy=policy_of(tx, held.source),
    )
    event = read(item, reception)
    return event if isinstance(event, Refusal) else _append(tx, event)


def replay_event(tx: Tx, held: Reject, text: str) -> Refusal | None:
    """What the log itself refused: the event with its own fields."""
    item = parse_json(text)
    if isinstance(item, Refusal):
        return item
    at = parse_instant(item.get("occurred_at")) if isinstance(item, dict) else None
    if not isinstance(item, dict) or at is None:
        reason = "It must be an object with the fields of an event, among them occurred_at as an instant."
        return Refusal(code="events.not_an_event", path="occurred_at", reason=reason)
    known = {name: item[name] for name in EVENT_FIELDS if item.get(name) is not None}
    if missing := [name for name in ("message_id", "name", "properties") if name not in known]:
        reason = "It is missing; an event of the log has it."
        return Refusal(code="events.not_an_event", path=missing[0], reason=reason)
    if changed := _changed_of_ours(held, known):
        reason = "It says whose the event is and what may follow from it, so it stays as it came."
        return Refusal(code="events.not_to_change", path=changed, reason=reason)
    return _append(tx, NewEvent(**{**known, "occurred_at": at, "source": held.source}))


def _changed_of_ours(held: Reject, known: Mapping[str, Any]) -> str:
    """The field that only the product writes and that was edited; empty when there is none."""
    came = parse_json(held.payload or "")
    came = came if isinstance(came, dict) else {}
    ours = str(known["name"]).startswith("regulars.") or str(came.get("name")).startswith("regulars.")
    kept = (*OURS, "name", "message_id") if ours else OURS
    return next((name for name in kept if known.get(name) != came.get(name)), "")


# What a client never says.
OURS = ("customer_id", "history", "schema_version", "hops")
EVENT_FIELDS = (
    "message_id", "type", "name", "properties", "user_id", "anonymous_id", "customer_id", "context",
    "history", "schema_version", "hops",
)  # fmt: skip
# By stage; the composition root adds those of the rooms above.
REPLAYS: Mapping[str, Replay] = {
    "intake": replay_message,
    "append": replay_event,
    "sequence": replay_event,
}


def _append(tx: Tx, event: NewEvent) -> Refusal | None:
    if log.append(tx, [event]):
        return None
    # The log kept a reject of its own; the attempt is rolled back with it, and its reason is told.
    newest = log.rejects(tx, RejectFilter(stage="append", source=event.source), limit=1)
    told = newest[0] if newest else None
    return Refusal(
        code=told.code if told else "log.not_stored",
        path=told.path if told else "",
        reason=told.reason if told else "The log cannot keep it.",
    )


def parse_json(text: str) -> Any:
    """The value of a JSON text with exact numbers, or a Refusal that says where it breaks."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as cause:
        reason = f"It is no JSON: {cause.msg}, in line {cause.lineno} at sign {cause.colno}."
    except RecursionError:
        reason = "It is nested too deeply to be read."
    except (ValueError, ArithmeticError) as cause:
        reason = f"It is no JSON that can be kept: {str(cause)[:200]}."
    return Refusal(code="events.not_json", path="", reason=reason)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")

"""Linked writes: a list of changes of points that happen together or not at all."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from regulars.customers import hold
from regulars.db import Query, Statements, Tx, one, run, values
from regulars.kernel import CallerError, Finding, Invalid
from regulars.loyalty.gifts import transfer_points
from regulars.loyalty.holds import capture_hold, place_hold, void_hold
from regulars.loyalty.posting import adjust, checked, newest, refuse_other, refused, spend

WRITES_MAX = 100
Kind = Literal["spend", "adjust", "hold", "capture", "void", "gift"]
NEEDS: dict[str, tuple[str, ...]] = {
    "spend": ("customer_id", "amount"),
    "adjust": ("customer_id", "amount", "reason"),
    "hold": ("customer_id", "amount"),
    "capture": ("hold_id",),
    "void": ("hold_id",),
    "gift": ("customer_id", "to_customer", "amount"),
}


class Sql(Statements, file="linked.sql"):
    lock_members: Query
    answered: Query
    answer_of: Query
    claim: Query
    keep: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    kind: Kind
    customer_id: int | None = None
    to_customer: int | None = None  # Of a gift.
    hold_id: int | None = None  # Of a capture or a void.
    amount: int | None = None  # Of a capture, None: all of it.
    currency: str | None = None
    order_key: str | None = None
    reason: str | None = None
    expires_at: datetime | None = None  # Of a hold.


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    outcome: (
        str  # What it did; "linked" of those that another one of the list failed; else the code of why not.
    )
    transfer_id: int | None = None
    hold_id: int | None = None
    text: str = ""  # Of the one that failed: why.


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The answer to a list of writes, the same for every repeat of its id."""

    done: bool
    failed: int | None  # Place of the one that failed, from 0.
    writes: tuple[Written, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    outcome: str | None
    field: str | None


class Undone(Exception):
    """Takes back what the list had written so far."""

    def __init__(self, place: int, code: str, text: str) -> None:
        super().__init__(text)
        self.place, self.code, self.text = place, code, text


def post_linked(
    tx: Tx, programme: str, writes: Sequence[Write], *, key: str, at: datetime, actor: str | None = None
) -> Linked:
    """Writes all, in order, or none; says which one failed. That too is kept as the answer of the id.

    Each write gets the id of the list with its place, as in `order-7/1`.
    """
    checked(key, 1, least=1)
    _check(writes)
    hold(tx)
    version = newest(tx, programme)
    fields = Jsonb({"kind": "linked", "writes": [_plain(write) for write in writes]})
    place = {"programme_id": version.programme_id, "key": key}
    held = [write.hold_id for write in writes if write.hold_id is not None]
    # In the order of their numbers, as every writer of several members does.
    values(
        tx,
        SQL.lock_members,
        programme_id=version.programme_id,
        customers=[
            one for write in writes for one in (write.customer_id, write.to_customer) if one is not None
        ],
        holds=held,
    )
    # Of two with this id, the second waits here, and then reads the first's answer.
    fresh = run(
        tx,
        SQL.claim,
        customer_id=next((write.customer_id for write in writes if write.customer_id is not None), None),
        holds=held,
        fields=fields,
        **place,
    )
    if not fresh:
        return _answer(tx, place, fields)
    try:
        with tx.transaction():
            found = [
                _post(tx, programme, n, write, key=key, at=at, actor=actor) for n, write in enumerate(writes)
            ]
        answer = Linked(done=True, failed=None, writes=tuple(found))
    except Undone as failed:
        answer = Linked(
            done=False,
            failed=failed.place,
            writes=tuple(
                Written(outcome=failed.code, text=failed.text)
                if n == failed.place
                else Written(outcome="linked")
                for n in range(len(writes))
            ),
        )
    run(tx, SQL.keep, outcome="posted" if answer.done else "failed", answer=Jsonb(asdict(answer)), **place)
    return answer


def _post(
    tx: Tx, programme: str, n: int, write: Write, *, key: str, at: datetime, actor: str | None
) -> Written:
    shared: dict[str, Any] = {"key": f"{key}/{n + 1}", "at": at, "actor": actor}
    try:
        written = _written(tx, programme, write, shared)
    except Invalid:
        raise
    except CallerError as refusal:
        raise Undone(n, refusal.code, str(refusal)) from refusal
    return written


def _written(tx: Tx, programme: str, write: Write, shared: dict[str, Any]) -> Written:
    who, amount = write.customer_id or 0, write.amount
    if write.kind in ("capture", "void"):
        about = {"reason": write.reason, **shared}
        done = (
            void_hold(tx, programme, write.hold_id or 0, **about)
            if write.kind == "void"
            else capture_hold(
                tx, programme, write.hold_id or 0, amount=amount, order_key=write.order_key, **about
            )
        ).confirmed()
        return Written(outcome=done.outcome, transfer_id=done.transfer_id, hold_id=done.hold_id)
    about = {"currency": write.currency, "reason": write.reason, **shared}
    if write.kind == "hold":
        more: dict[str, Any] = {"order_key": write.order_key, "expires_at": write.expires_at}
        held = place_hold(tx, programme, who, amount or 0, **more, **about).confirmed()
        return Written(outcome=held.outcome, hold_id=held.hold_id)
    if write.kind == "gift":
        given = transfer_points(tx, programme, who, write.to_customer or 0, amount or 0, **about).confirmed()
        return Written(outcome=given.outcome, transfer_id=given.transfer_id)
    if write.kind == "adjust":
        about["actor"] = about["actor"] or "nobody named"
        receipt = adjust(tx, programme, who, amount or 0, **about).confirmed()
    else:
        receipt = spend(tx, programme, who, amount or 0, order_key=write.order_key, **about).confirmed()
    return Written(outcome=receipt.outcome, transfer_id=receipt.transfer_id)


def _answer(tx: Tx, place: dict[str, Any], fields: Jsonb) -> Linked:
    before = one(tx, SQL.answered, Before, fields=fields, **place)
    refuse_other(before.outcome or "", before.field, place["key"])
    kept: Any = values(tx, SQL.answer_of, **place)[0]
    return Linked(
        done=kept["done"], failed=kept["failed"], writes=tuple(Written(**given) for given in kept["writes"])
    )


def _check(writes: Sequence[Write]) -> None:
    if not 0 < len(writes) <= WRITES_MAX:
        raise refused("writes", f"A list has 1 to {WRITES_MAX} writes; found {len(writes)}.")
    findings = [
        Finding(
            path=f"writes[{n}].{name}", code="missing", message=f"A write of kind {write.kind} says {name}."
        )
        for n, write in enumerate(writes)
        for name in NEEDS[write.kind]
        if getattr(write, name) in (None, "")
    ]
    if findings:
        raise Invalid("Please check the list of writes.", findings)


def _plain(write: Write) -> dict[str, Any]:
    given = {name: found for name, found in asdict(write).items() if found is not None}
    return given | ({"expires_at": write.expires_at.isoformat()} if write.expires_at else {})

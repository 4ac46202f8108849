"""Holds, gifts, lists of writes, and the ends of points; closed books."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from regulars import access, loyalty
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.members import AMOUNT_MAX, PLACE, IdempotencyKey, Receipt, WriteId, chosen_key
from regulars.api.problems import documented
from regulars.api.shapes import (
    CustomerId,
    CustomerInPath,
    In,
    Instant,
    Line,
    Note,
    Out,
    Page,
    ProgrammeInPath,
    id_in_path,
    id_type,
)
from regulars.kernel import parse_public_id, public_id

router = resource("holds")
MOVES = permission("loyalty.adjust", by="room")
REFUSALS = documented(400, 409, 413, 415)
HoldInPath = Annotated[str, id_in_path("hld", "the hold")]
HoldId = Annotated[str, id_type("hld", "a hold")]
TransferId = Annotated[str, id_type("txn", "a transfer")]
LotId = Annotated[str, id_type("lot", "a lot")]
Reason = Annotated[Note, Field(min_length=1, description="Others read it later.", examples=["Goodwill"])]


class Hold(Out):
    id: HoldId
    customer: CustomerId
    currency: str
    amount: int
    state: str = Field(description="open, captured, voided or expired.", examples=["open"])
    captured: int
    placed_at: Instant
    expires_at: Instant
    resolved_at: Instant | None
    transfer: TransferId | None = Field(description="The spending it became.")
    order_key: str | None
    reason: str | None


class HoldReceipt(Out):
    hold: HoldId
    outcome: str = Field(examples=["held"], description="held, captured or voided.")
    amount: int = Field(description="Held.")
    captured: int
    currency: str
    transfer: TransferId | None
    available: int = Field(description="Spendable points right after the first answer.")
    expires_at: Instant | None


class Holding(In):
    amount: int = Field(ge=1, le=AMOUNT_MAX, examples=[200])
    id: WriteId = None
    currency: Line | None = None
    expires_at: Instant | None = Field(default=None, description="Else as long as the programme says.")
    order_key: Line | None = Field(default=None, examples=["order-1001"])
    reason: Note | None = None


class Capturing(In):
    amount: int | None = Field(
        default=None, ge=1, le=AMOUNT_MAX, description="Else all of it.", examples=[150]
    )
    id: WriteId = None
    order_key: Line | None = Field(default=None, examples=["order-1001"])
    reason: Note | None = None


class Voiding(In):
    id: WriteId = None
    reason: Note | None = Field(default=None, examples=["The cart was left"])


class Giving(In):
    to: CustomerId
    amount: int = Field(ge=1, le=AMOUNT_MAX, examples=[50])
    id: WriteId = None
    currency: Line | None = None
    reason: Note | None = Field(default=None, examples=["For your birthday"])


class Writing(In):
    kind: Literal["spend", "adjust", "hold", "capture", "void", "gift"] = Field(examples=["spend"])
    customer: CustomerId | None = None
    to: CustomerId | None = Field(default=None, description="Of a gift.")
    hold: HoldId | None = Field(default=None, description="Of a capture or a void.")
    amount: int | None = Field(default=None, ge=-AMOUNT_MAX, le=AMOUNT_MAX, examples=[200])
    currency: Line | None = None
    order_key: Line | None = None
    reason: Note | None = None
    expires_at: Instant | None = None


class WritingTogether(In):
    writes: tuple[Writing, ...] = Field(min_length=1, max_length=100)
    id: WriteId = None


class Written(Out):
    outcome: str = Field(
        examples=["posted"],
        description='"linked" of those that another one failed; else the code of why not.',
    )
    transfer: TransferId | None
    hold: HoldId | None
    text: str


class WrittenTogether(Out):
    done: bool
    failed: int | None = Field(description="Place of the one that failed, from 0.")
    writes: tuple[Written, ...]


class MovingEnds(In):
    """Of these lots, or of all; to an instant, or by so many days."""

    lots: tuple[LotId, ...] | None = None
    to: Instant | None = None
    by_days: int | None = Field(default=None, ge=-3650, le=3650, examples=[30])
    reason: Reason
    currency: Line | None = None


class EndsMoved(Out):
    lots: int
    points: int


class Reinstating(In):
    until: Instant = Field(description="When what comes back ends.")
    lots: tuple[LotId, ...] | None = None
    within_days: int | None = Field(
        default=None, ge=1, description="At most what the programme says.", examples=[30]
    )
    reason: Reason
    id: WriteId = None
    currency: Line | None = None


class LotChange(Out):
    lot: LotId
    transfer: TransferId | None
    expires_before: Instant | None
    expires_after: Instant | None
    booked_at: Instant
    reason: str | None
    actor: str | None


class Closing(In):
    until: Instant = Field(description="Nothing is booked before it any more.")
    reason: Reason


class Closed(Out):
    until: Instant
    closed_at: Instant
    actor: str
    reason: str
    late: int = Field(description="Transfers booked since that belong to the time before.")


@router.get(f"{PLACE}/holds", openapi_extra=permission("loyalty.view"))
def holds(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    state: Annotated[Literal["open"] | None, Query(description="Only those that still wait.")] = None,
) -> Page[Hold]:
    """A member's holds, the newest first; at most 1,000."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        held = loyalty.holds_of(entered.tx, found.customer_id, programme=programme, only_open=state == "open")
        return Page(items=tuple(_hold(one) for one in held))


@router.post(f"{PLACE}/holds", openapi_extra=MOVES, responses=REFUSALS)
def place_hold(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    body: Holding,
    idempotency_key: IdempotencyKey = None,
) -> HoldReceipt:
    """Promise points to a payment, or refuse as a whole; the refusal too is kept as the answer."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        _check_may(entered, programme, body.amount)
        found = customer_of(entered, customer)
        again = loyalty.is_posted(entered.tx, programme, key)
        receipt = loyalty.place_hold(
            entered.tx,
            programme,
            found.customer_id,
            body.amount,
            key=key,
            at=entered.at,
            currency=body.currency,
            expires_at=body.expires_at,
            order_key=body.order_key,
            reason=body.reason,
            actor=entered.actor.name,
        )
        if not again and receipt.done:
            _tell(
                entered,
                "loyalty.hold",
                f"{programme}/{found.id}",
                {"amount": body.amount, "hold": receipt.public},
            )
    return _held(receipt.confirmed())  # After the commit, so that the refusal stays.


@router.get("/programmes/{programme}/holds/{hold}", openapi_extra=permission("loyalty.view"))
def get_hold(call: Calling, programme: ProgrammeInPath, hold: HoldInPath) -> Hold:
    """One hold."""
    with call.enter() as entered:
        return _hold(loyalty.hold_of(entered.tx, programme, parse_public_id("hld", hold)))


@router.post("/programmes/{programme}/holds/{hold}/capture", openapi_extra=MOVES, responses=REFUSALS)
def capture(
    call: Calling,
    programme: ProgrammeInPath,
    hold: HoldInPath,
    body: Capturing,
    idempotency_key: IdempotencyKey = None,
) -> HoldReceipt:
    """Spend what was held, or a part of it; the rest is free again."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        held = loyalty.hold_of(entered.tx, programme, parse_public_id("hld", hold))
        _check_may(entered, programme, body.amount or held.amount)
        again = loyalty.is_posted(entered.tx, programme, key)
        receipt = loyalty.capture_hold(
            entered.tx,
            programme,
            parse_public_id("hld", hold),
            key=key,
            at=entered.at,
            amount=body.amount,
            order_key=body.order_key,
            reason=body.reason,
            actor=entered.actor.name,
        )
        if not again and receipt.done:
            who = public_id("cus", receipt.customer_id)
            _tell(
                entered, "loyalty.capture", f"{programme}/{who}", {"amount": receipt.captured, "hold": hold}
            )
    return _held(receipt.confirmed())


@router.post("/programmes/{programme}/holds/{hold}/void", openapi_extra=MOVES, responses=REFUSALS)
def void(
    call: Calling,
    programme: ProgrammeInPath,
    hold: HoldInPath,
    body: Voiding,
    idempotency_key: IdempotencyKey = None,
) -> HoldReceipt:
    """Free what was held."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        _check_may(entered, programme, None)
        again = loyalty.is_posted(entered.tx, programme, key)
        receipt = loyalty.void_hold(
            entered.tx,
            programme,
            parse_public_id("hld", hold),
            key=key,
            at=entered.at,
            reason=body.reason,
            actor=entered.actor.name,
        )
        if not again and receipt.done:
            who = public_id("cus", receipt.customer_id)
            _tell(entered, "loyalty.void", f"{programme}/{who}", {"amount": receipt.amount, "hold": hold})
    return _held(receipt.confirmed())


@router.post(f"{PLACE}/gifts", openapi_extra=MOVES, responses=REFUSALS)
def give(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    body: Giving,
    idempotency_key: IdempotencyKey = None,
) -> Receipt:
    """Pass points on to another member; their lots keep their dates."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        _check_may(entered, programme, body.amount)
        found, other = customer_of(entered, customer), customer_of(entered, body.to)
        again = loyalty.is_posted(entered.tx, programme, key)
        receipt = loyalty.transfer_points(
            entered.tx,
            programme,
            found.customer_id,
            other.customer_id,
            body.amount,
            key=key,
            at=entered.at,
            currency=body.currency,
            reason=body.reason,
            actor=entered.actor.name,
        )
        if not again and receipt.outcome == "posted":
            _tell(entered, "loyalty.gift", f"{programme}/{found.id}", {"amount": body.amount, "to": other.id})
    done = receipt.confirmed()
    return Receipt(transfer=public_id("txn", done.transfer_id or 0), available=done.available)


@router.post("/programmes/{programme}/writes", openapi_extra=MOVES, responses=REFUSALS)
def write_together(
    call: Calling, programme: ProgrammeInPath, body: WritingTogether, idempotency_key: IdempotencyKey = None
) -> WrittenTogether:
    """Write all of a list, in order, or nothing; the answer names the one that failed."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        _check_may(entered, programme, sum(abs(one.amount or 0) for one in body.writes) or None)
        again = loyalty.is_posted(entered.tx, programme, key)
        done = loyalty.post_linked(
            entered.tx,
            programme,
            [_write(entered, one) for one in body.writes],
            key=key,
            at=entered.at,
            actor=entered.actor.name,
        )
        if not again and done.done:
            entered.record(
                "loyalty.linked", kind="programme", subject=programme, after={"writes": len(done.writes)}
            )
        return WrittenTogether(done=done.done, failed=done.failed, writes=tuple(map(_written, done.writes)))


@router.post(f"{PLACE}/lots/ends", openapi_extra=MOVES, responses=documented(400, 413, 415))
def move_ends(
    call: Calling, programme: ProgrammeInPath, customer: CustomerInPath, body: MovingEnds
) -> EndsMoved:
    """Let points of a member end later or sooner; each change is written down."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        _check_may(entered, programme, _at_stake(entered, programme, found.customer_id, body.lots))
        moved = loyalty.move_ends(
            entered.tx,
            programme,
            customer_id=found.customer_id,
            lots=_lots(body.lots),
            to=body.to,
            by=None if body.by_days is None else timedelta(days=body.by_days),
            at=entered.at,
            reason=body.reason,
            actor=entered.actor.name,
            currency=body.currency,
        )
        if moved.lots:
            _tell(entered, "loyalty.extend", f"{programme}/{found.id}", asdict(moved))
        return EndsMoved.model_validate(moved)


@router.get(f"{PLACE}/lots/{{lot}}/changes", openapi_extra=permission("loyalty.view"))
def lot_changes(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    lot: Annotated[str, id_in_path("lot", "the lot")],
) -> Page[LotChange]:
    """Every change of a lot's end, in order."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        lot_id = parse_public_id("lot", lot)
        if lot_id not in {one.id for one in loyalty.lots(entered.tx, found.customer_id, programme=programme)}:
            raise loyalty.UnknownTransfer(f"This member has no lot {lot}.")
        return Page(items=tuple(_change(one) for one in loyalty.lot_changes(entered.tx, lot_id)))


@router.post(f"{PLACE}/reinstatements", openapi_extra=MOVES, responses=REFUSALS)
def reinstate(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    body: Reinstating,
    idempotency_key: IdempotencyKey = None,
) -> Receipt:
    """Give back what expired in the last days, into its lots."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        found = customer_of(entered, customer)
        expired = loyalty.balance_as_of(
            entered.tx, found.customer_id, programme=programme, booked_at=entered.at, currency=body.currency
        ).expired
        _check_may(entered, programme, expired or None)
        again = loyalty.is_posted(entered.tx, programme, key)
        receipt = loyalty.reinstate(
            entered.tx,
            programme,
            found.customer_id,
            key=key,
            at=entered.at,
            until=body.until,
            reason=body.reason,
            actor=entered.actor.name,
            within_days=body.within_days,
            lots=_lots(body.lots),
            currency=body.currency,
        ).confirmed()
        if not again:
            _tell(entered, "loyalty.reinstate", f"{programme}/{found.id}", {"amount": receipt.amount})
        return Receipt(transfer=public_id("txn", receipt.transfer_id or 0), available=receipt.available)


@router.get("/programmes/{programme}/closings", openapi_extra=permission("loyalty.view"))
def closings(call: Calling, programme: ProgrammeInPath) -> Page[Closed]:
    """Up to when the books were closed, the latest first."""
    with call.enter() as entered:
        found = loyalty.closings(entered.tx, programme)
        return Page(items=tuple(Closed.model_validate(one) for one in found))


@router.post(
    "/programmes/{programme}/closings",
    openapi_extra=permission("loyalty.close_books", by="room"),
    responses=REFUSALS,
)
def close_books(call: Calling, programme: ProgrammeInPath, body: Closing) -> Closed:
    """Close the books up to an instant, for ever; what comes later is booked after it and says so."""
    with call.enter() as entered:
        done = loyalty.close_books(
            entered.tx, entered.actor, programme, until=body.until, reason=body.reason, at=entered.at
        )
        return Closed.model_validate(done)


def _hold(hold: loyalty.Hold) -> Hold:
    plain = {
        name: getattr(hold, name) for name in Hold.model_fields if name not in ("id", "customer", "transfer")
    }
    transfer = public_id("txn", hold.transfer_id) if hold.transfer_id else None
    return Hold(id=hold.public, customer=public_id("cus", hold.customer_id), transfer=transfer, **plain)


def _held(receipt: loyalty.HoldReceipt) -> HoldReceipt:
    return HoldReceipt(
        hold=receipt.public,
        outcome=receipt.outcome,
        amount=receipt.amount,
        captured=receipt.captured,
        currency=receipt.currency,
        transfer=public_id("txn", receipt.transfer_id) if receipt.transfer_id else None,
        available=receipt.available,
        expires_at=receipt.expires_at,
    )


def _write(entered: Entered, one: Writing) -> loyalty.Write:
    return loyalty.Write(
        kind=one.kind,
        customer_id=customer_of(entered, one.customer).customer_id if one.customer else None,
        to_customer=customer_of(entered, one.to).customer_id if one.to else None,
        hold_id=parse_public_id("hld", one.hold) if one.hold else None,
        amount=one.amount,
        currency=one.currency,
        order_key=one.order_key,
        reason=one.reason,
        expires_at=one.expires_at,
    )


def _written(one: loyalty.Written) -> Written:
    return Written(
        outcome=one.outcome,
        transfer=public_id("txn", one.transfer_id) if one.transfer_id else None,
        hold=public_id("hld", one.hold_id) if one.hold_id else None,
        text=one.text,
    )


def _change(one: loyalty.LotChange) -> LotChange:
    plain = {name: getattr(one, name) for name in LotChange.model_fields if name not in ("lot", "transfer")}
    transfer = public_id("txn", one.transfer_id) if one.transfer_id else None
    return LotChange(lot=public_id("lot", one.lot_id), transfer=transfer, **plain)


def _lots(lots: tuple[str, ...] | None) -> list[int] | None:
    return None if lots is None else [parse_public_id("lot", one) for one in lots]


def _at_stake(entered: Entered, programme: str, customer_id: int, lots: tuple[str, ...] | None) -> int | None:
    """The points whose end moves: what the level is judged by."""
    meant = _lots(lots)
    found = loyalty.lots(entered.tx, customer_id, programme=programme)
    return sum(one.remaining for one in found if meant is None or one.id in meant) or None


def _tell(entered: Entered, action: str, subject: str, after: dict[str, object]) -> None:
    entered.record(action, kind="member", subject=subject, after=after)


def _check_may(entered: Entered, programme: str, amount: int | None) -> None:
    access.require(
        entered.actor, "loyalty.adjust", scope=loyalty.scope_of(entered.tx, programme), amount=amount
    )

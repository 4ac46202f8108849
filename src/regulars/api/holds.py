"""Holds: points that are promised to a payment, captured or given free."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from regulars import loyalty
from regulars.api.calling import Calling, permission, resource
from regulars.api.customers import customer_of
from regulars.api.members import PLACE
from regulars.api.points import AMOUNT_MAX, MOVES, REFUSALS, HoldId, check_may
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
from regulars.api.write_ids import IdempotencyKey, WriteId, chosen_key
from regulars.kernel import parse_public_id, public_id

router = resource("holds")
HoldInPath = Annotated[str, id_in_path("hld", "the hold")]
TransferId = Annotated[str, id_type("txn", "a transfer")]


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
        check_may(entered, programme, body.amount)
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
            entered.record(
                "loyalty.hold",
                kind="member",
                subject=f"{programme}/{found.id}",
                after={"amount": body.amount, "hold": receipt.public},
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
        check_may(entered, programme, body.amount or held.amount)
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
            entered.record(
                "loyalty.capture",
                kind="member",
                subject=f"{programme}/{who}",
                after={"amount": receipt.captured, "hold": hold},
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
        check_may(entered, programme, None)
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
            entered.record(
                "loyalty.void",
                kind="member",
                subject=f"{programme}/{who}",
                after={"amount": receipt.amount, "hold": hold},
            )
    return _held(receipt.confirmed())


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

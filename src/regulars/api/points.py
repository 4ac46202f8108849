"""Moves of points by hand or by another system: spending, giving, taking, reversing, several together."""

from typing import Annotated, Literal

from pydantic import Field

from regulars import access, customers, loyalty
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.members import PLACE
from regulars.api.problems import documented
from regulars.api.shapes import (
    CustomerId,
    CustomerInPath,
    In,
    Instant,
    Line,
    Note,
    Out,
    ProgrammeInPath,
    id_in_path,
    id_type,
)
from regulars.api.write_ids import IdempotencyKey, WriteId, chosen_key
from regulars.kernel import parse_public_id, public_id

router = resource("points")
AMOUNT_MAX = 10**15
MOVES = permission("loyalty.adjust", by="room")
REFUSALS = documented(400, 409, 413, 415)
HoldId = Annotated[str, id_type("hld", "a hold")]


class Spending(In):
    amount: int = Field(ge=1, le=AMOUNT_MAX, examples=[200])
    id: WriteId = None
    currency: Line | None = None
    occurred_at: Instant | None = None
    order_key: Line | None = Field(default=None, description="The order it pays.", examples=["order-1001"])
    reason: Note | None = Field(default=None, examples=["Two coffees"])


class Adjusting(In):
    amount: int = Field(
        ge=-AMOUNT_MAX, le=AMOUNT_MAX, description="Gives; takes if below zero. Not 0.", examples=[100]
    )
    reason: Note = Field(min_length=1, description="Others read it later.", examples=["The till was broken"])
    id: WriteId = None
    currency: Line | None = None


class Reversing(In):
    reason: Note = Field(min_length=1, examples=["The order was returned"])
    amount: int | None = Field(
        default=None, ge=1, le=AMOUNT_MAX, description="A part of it; else all that stands.", examples=[100]
    )
    id: WriteId = None


class Giving(In):
    to: CustomerId
    amount: int = Field(ge=1, le=AMOUNT_MAX, examples=[50])
    id: WriteId = None
    currency: Line | None = None
    reason: Note | None = Field(default=None, examples=["For your birthday"])


class Receipt(Out):
    transfer: Annotated[str, id_type("txn", "the transfer")]
    available: int = Field(description="Spendable points right after the first answer.")


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
    transfer: Annotated[str, id_type("txn", "a transfer")] | None
    hold: HoldId | None
    text: str


class WrittenTogether(Out):
    done: bool
    failed: int | None = Field(description="Place of the one that failed, from 0.")
    writes: tuple[Written, ...]


@router.post(f"{PLACE}/spendings", openapi_extra=MOVES, responses=REFUSALS)
def spend(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    body: Spending,
    idempotency_key: IdempotencyKey = None,
) -> Receipt:
    """Spend from the lots that expire first, or refuse as a whole; the refusal too is kept as the answer."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        found = _may_move(entered, programme, customer, body.amount)
        again = loyalty.is_posted(entered.tx, programme, key)
        receipt = loyalty.spend(
            entered.tx,
            programme,
            found.customer_id,
            body.amount,
            key=key,
            at=entered.at,
            currency=body.currency,
            occurred_at=body.occurred_at,
            order_key=body.order_key,
            reason=body.reason,
            actor=entered.actor.name,
        )
        if not again:
            _tell(entered, "loyalty.spend", f"{programme}/{found.id}", receipt)
    return _receipt(receipt.confirmed())  # After the commit, so that the refusal stays.


@router.post(f"{PLACE}/adjustments", openapi_extra=MOVES, responses=REFUSALS)
def adjust(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    body: Adjusting,
    idempotency_key: IdempotencyKey = None,
) -> Receipt:
    """Give points by hand, or take them."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        found = _may_move(entered, programme, customer, body.amount)
        again = loyalty.is_posted(entered.tx, programme, key)
        receipt = loyalty.adjust(
            entered.tx,
            programme,
            found.customer_id,
            body.amount,
            key=key,
            at=entered.at,
            reason=body.reason,
            actor=entered.actor.name,
            currency=body.currency,
        )
        if not again:
            deed = "loyalty.give" if body.amount > 0 else "loyalty.take"
            _tell(entered, deed, f"{programme}/{found.id}", receipt)
    return _receipt(receipt.confirmed())


@router.post("/programmes/{programme}/transfers/{transfer}/reversal", openapi_extra=MOVES, responses=REFUSALS)
def reverse(
    call: Calling,
    programme: ProgrammeInPath,
    transfer: Annotated[str, id_in_path("txn", "the transfer")],
    body: Reversing,
    idempotency_key: IdempotencyKey = None,
) -> Receipt:
    """Reverse what stands of a transfer, or a part."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        check_may(entered, programme, None)
        again = loyalty.is_posted(entered.tx, programme, key)
        receipt = loyalty.reverse(
            entered.tx,
            programme,
            parse_public_id("txn", transfer),
            amount=body.amount,
            key=key,
            at=entered.at,
            reason=body.reason,
            actor=entered.actor.name,
        )
        if not again:
            _tell(entered, "loyalty.undo", f"{programme}/{transfer}", receipt)
    return _receipt(receipt.confirmed())


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
        check_may(entered, programme, body.amount)
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
            after = {"amount": body.amount, "to": other.id}
            entered.record("loyalty.gift", kind="member", subject=f"{programme}/{found.id}", after=after)
    done = receipt.confirmed()
    return Receipt(transfer=public_id("txn", done.transfer_id or 0), available=done.available)


@router.post("/programmes/{programme}/writes", openapi_extra=MOVES, responses=REFUSALS)
def write_together(
    call: Calling, programme: ProgrammeInPath, body: WritingTogether, idempotency_key: IdempotencyKey = None
) -> WrittenTogether:
    """Write all of a list, in order, or nothing; the answer names the one that failed."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        check_may(entered, programme, sum(abs(one.amount or 0) for one in body.writes) or None)
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


def _tell(entered: Entered, action: str, subject: str, receipt: loyalty.Receipt) -> None:
    """Who moved points by hand stands in the audit, as when the console does it."""
    if receipt.outcome == "posted" and receipt.transfer_id is not None:
        after = {"amount": receipt.amount, "transfer": public_id("txn", receipt.transfer_id)}
        entered.record(action, kind="member", subject=subject, after=after)


def _receipt(receipt: loyalty.Receipt) -> Receipt:
    assert receipt.transfer_id is not None
    return Receipt(transfer=public_id("txn", receipt.transfer_id), available=receipt.available)


def _may_move(entered: Entered, programme: str, customer: str, amount: int) -> customers.Customer:
    check_may(entered, programme, amount)
    return customer_of(entered, customer)


def check_may(entered: Entered, programme: str, amount: int | None) -> None:
    """By the amount, and in the scope of the programme."""
    access.require(
        entered.actor, "loyalty.adjust", scope=loyalty.scope_of(entered.tx, programme), amount=amount
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

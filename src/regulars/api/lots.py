"""Lots: what is left of each award, every move of it, when it ends, and what comes back."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from regulars import loyalty
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.members import PLACE
from regulars.api.points import MOVES, REFUSALS, Receipt, check_may
from regulars.api.problems import documented
from regulars.api.shapes import (
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
from regulars.kernel import NotFound, parse_public_id, public_id

router = resource("lots")
TransferId = Annotated[str, id_type("txn", "a transfer")]
LotId = Annotated[str, id_type("lot", "a lot")]
Reason = Annotated[Note, Field(min_length=1, description="Others read it later.", examples=["Goodwill"])]


class Lot(Out):
    id: Annotated[str, id_type("lot", "a lot")]
    transfer: Annotated[str, id_type("txn", "the transfer that made it")]
    earned_at: Instant
    active_from: Instant
    expires_at: Instant | None = Field(description="The first instant at which it cannot be spent any more.")
    amount: int
    remaining: int
    pending: bool
    currency: str
    order_key: str | None
    rule: str | None
    reason: str | None


class LotMove(Out):
    transfer: Annotated[str, id_type("txn", "a transfer")]
    kind: str
    amount: int = Field(description="Negative: taken out of the lot; positive: given back.")
    booked_at: Instant
    remaining_after: int
    reason: str | None


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


@router.get(f"{PLACE}/lots", openapi_extra=permission("loyalty.view"))
def lots(call: Calling, programme: ProgrammeInPath, customer: CustomerInPath) -> Page[Lot]:
    """The lots in the order in which they pay, those with something left first; at most 1,000."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        held = loyalty.lots(entered.tx, found.customer_id, programme=programme)
        return Page(items=tuple(_lot(one) for one in held))


@router.get(f"{PLACE}/lots/{{lot}}/moves", openapi_extra=permission("loyalty.view"))
def lot_moves(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    lot: Annotated[str, id_in_path("lot", "the lot")],
) -> Page[LotMove]:
    """Every transfer that took from a lot or gave back to it, in order."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        lot_id = parse_public_id("lot", lot)
        if lot_id not in {one.id for one in loyalty.lots(entered.tx, found.customer_id, programme=programme)}:
            raise NotFound(f"This member has no lot {lot}.")
        return Page(items=tuple(_move(one) for one in loyalty.lot_history(entered.tx, lot_id)))


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
            raise NotFound(f"This member has no lot {lot}.")
        return Page(items=tuple(_change(one) for one in loyalty.lot_changes(entered.tx, lot_id)))


@router.post(f"{PLACE}/lots/ends", openapi_extra=MOVES, responses=documented(400, 413, 415))
def move_ends(
    call: Calling, programme: ProgrammeInPath, customer: CustomerInPath, body: MovingEnds
) -> EndsMoved:
    """Let points of a member end later or sooner; each change is written down."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        check_may(entered, programme, _at_stake(entered, programme, found.customer_id, body.lots))
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
            entered.record(
                "loyalty.extend", kind="member", subject=f"{programme}/{found.id}", after=asdict(moved)
            )
        return EndsMoved.model_validate(moved)


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
        check_may(entered, programme, expired or None)
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
            entered.record(
                "loyalty.reinstate",
                kind="member",
                subject=f"{programme}/{found.id}",
                after={"amount": receipt.amount},
            )
        return Receipt(transfer=public_id("txn", receipt.transfer_id or 0), available=receipt.available)


def _lot(lot: loyalty.Lot) -> Lot:
    plain = {name: getattr(lot, name) for name in Lot.model_fields if name not in ("id", "transfer")}
    return Lot(id=lot.public, transfer=public_id("txn", lot.transfer_id), **plain)


def _move(move: loyalty.LotMove) -> LotMove:
    plain = {name: getattr(move, name) for name in LotMove.model_fields if name != "transfer"}
    return LotMove(transfer=public_id("txn", move.transfer_id), **plain)


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

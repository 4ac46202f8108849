"""Members of a programme: balance, tier, lots and statement; spending, adjusting and reversing."""

from typing import Annotated, Any, Literal

from fastapi import Header, Query
from pydantic import Field

from regulars import access, customers, loyalty
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.problems import documented
from regulars.api.programmes import Currency
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    CustomerInPath,
    In,
    Instant,
    Limit,
    Line,
    Note,
    Out,
    Page,
    ProgrammeInPath,
    Text,
    id_in_path,
    id_type,
)
from regulars.kernel import Finding, Invalid, NotFound, parse_public_id, public_id

router = resource("members")
AMOUNT_MAX = 10**15
PLACE = "/programmes/{programme}/members/{customer}"
WriteId = Annotated[
    Text | None,
    Field(
        min_length=1,
        max_length=200,
        description="An id of your choice, instead of the header: the same id twice is done once.",
        examples=["till-7-000123"],
    ),
]
IdempotencyKey = Annotated[
    Text | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="An id of your choice: the same id twice is done once and gives the first answer.",
        examples=["till-7-000123"],
    ),
]


class Balance(Out):
    """The five numbers, in the currency's smallest unit."""

    active: int
    pending: int
    spent: int
    expired: int
    owed: int
    held: int = Field(description="Of what is active: promised to payments.")


class Tier(Out):
    name: str = Field(examples=["Silver"])
    number: int = Field(description="1 is the first.")
    since: Instant
    valid_until: Instant | None
    collected: int
    next_name: str | None
    next_threshold: int | None
    to_next: int
    progress: float = Field(ge=0, le=1)
    why: str


class Member(Out):
    customer: CustomerId
    programme: str
    programme_name: str
    joined_at: Instant
    terms_version: str
    currency: str
    balance: Balance
    spendable: int = Field(description="What can be spent at this moment.")
    household: int | None = Field(description="What those who share points can spend; null: nobody does.")
    tier: Tier | None


class LotShare(Out):
    lot: Annotated[str, id_type("lot", "a lot")]
    amount: int = Field(description="Negative: taken out of it; positive: given back.")


class StatementLine(Out):
    transfer: Annotated[str, id_type("txn", "a transfer")]
    kind: str = Field(examples=["earn"])
    currency: str
    booked_at: Instant
    occurred_at: Instant
    change: int = Field(description="Of the active points.")
    pending_change: int
    owed_change: int = Field(description="Positive: owes more.")
    balance: int = Field(description="Active points after it.")
    order_key: str | None
    lot: str | None = Field(description="The lot it made.")
    lots: tuple[LotShare, ...] = Field(description="The lots it took from or gave back to.")
    text: str = Field(examples=["54 points for order 7 (53.50 USD) of 3 March 2025, by the rule base."])


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


class Receipt(Out):
    transfer: Annotated[str, id_type("txn", "the transfer")]
    available: int = Field(description="Spendable points right after the first answer.")


@router.get(PLACE, openapi_extra=permission("loyalty.view"))
def get_member(
    call: Calling, programme: ProgrammeInPath, customer: CustomerInPath, currency: Currency = None
) -> Member:
    """Where a member stands now, and why they have their tier."""
    with call.enter() as entered:
        found = _member(entered, programme, customer, currency)
        plain = {name: getattr(found, name) for name in Member.model_fields if name != "customer"}
        return Member.model_validate({"customer": public_id("cus", found.customer_id), **plain})


@router.get(f"{PLACE}/balance", openapi_extra=permission("loyalty.view"))
def balance(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    as_of: Annotated[Instant | None, Query(description="A past instant; else now.")] = None,
    known: Annotated[
        Literal["then", "now"],
        Query(description="As it was known then, or with what was booked since and had occurred by then."),
    ] = "then",
    currency: Currency = None,
) -> Balance:
    """The five numbers, and what is held, at an instant."""
    with call.enter() as entered:
        found, at = customer_of(entered, customer), as_of or entered.at
        place: dict[str, Any] = {"programme": programme, "currency": currency}
        if known == "now":
            answer = loyalty.balance_known_now(entered.tx, found.customer_id, occurred_at=at, **place)
        else:
            answer = loyalty.balance_as_of(entered.tx, found.customer_id, booked_at=at, **place)
        return Balance.model_validate(answer)


@router.get(f"{PLACE}/statement", openapi_extra=permission("loyalty.view"))
def statement(
    call: Calling,
    programme: ProgrammeInPath,
    customer: CustomerInPath,
    currency: Currency = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[StatementLine]:
    """Every line of the ledger in a sentence, the newest first."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        page = loyalty.statement(
            entered.tx, found.customer_id, programme=programme, cursor=cursor, limit=limit, currency=currency
        )
        return Page(items=tuple(_line(one) for one in page.items), next=page.next)


def _line(line: loyalty.StatementLine) -> StatementLine:
    plain = {name: getattr(line, name) for name in StatementLine.model_fields if name != "lots"}
    return StatementLine(**plain, lots=tuple(LotShare(lot=lot, amount=amount) for lot, amount in line.lots))


@router.get(f"{PLACE}/lots", openapi_extra=permission("loyalty.view"))
def lots(call: Calling, programme: ProgrammeInPath, customer: CustomerInPath) -> Page[Lot]:
    """The lots in the order in which they pay, those with something left first; at most 1,000."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        held = loyalty.lots(entered.tx, found.customer_id, programme=programme)
        return Page(items=tuple(_lot(one) for one in held))


def _lot(lot: loyalty.Lot) -> Lot:
    plain = {name: getattr(lot, name) for name in Lot.model_fields if name not in ("id", "transfer")}
    return Lot(id=lot.public, transfer=public_id("txn", lot.transfer_id), **plain)


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


def _move(move: loyalty.LotMove) -> LotMove:
    plain = {name: getattr(move, name) for name in LotMove.model_fields if name != "transfer"}
    return LotMove(transfer=public_id("txn", move.transfer_id), **plain)


@router.post(
    f"{PLACE}/spendings",
    openapi_extra=permission("loyalty.adjust", by="room"),
    responses=documented(400, 409, 413, 415),
)
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


@router.post(
    f"{PLACE}/adjustments",
    openapi_extra=permission("loyalty.adjust", by="room"),
    responses=documented(400, 409, 413, 415),
)
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


@router.post(
    "/programmes/{programme}/transfers/{transfer}/reversal",
    openapi_extra=permission("loyalty.adjust", by="room"),
    responses=documented(400, 409, 413, 415),
)
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
        _check_may(entered, programme, None)
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


def _tell(entered: Entered, action: str, subject: str, receipt: loyalty.Receipt) -> None:
    """Who moved points by hand stands in the audit, as when the console does it."""
    if receipt.outcome == "posted" and receipt.transfer_id is not None:
        after = {"amount": receipt.amount, "transfer": public_id("txn", receipt.transfer_id)}
        entered.record(action, kind="member", subject=subject, after=after)


def _receipt(receipt: loyalty.Receipt) -> Receipt:
    assert receipt.transfer_id is not None
    return Receipt(transfer=public_id("txn", receipt.transfer_id), available=receipt.available)


def chosen_key(header: str | None, field: str | None) -> str:
    if header is not None and field is not None and header != field:
        told = "The header Idempotency-Key and the field id differ; send one of them."
        raise Invalid(told, [Finding(path="id", code="key.two", message=told)])
    chosen = header or field
    if chosen is None:
        told = "A change of points takes an id of your choice: the header Idempotency-Key, or the field id."
        raise Invalid(told, [Finding(path="id", code="key.missing", message=told)])
    return chosen


def _may_move(entered: Entered, programme: str, customer: str, amount: int) -> customers.Customer:
    _check_may(entered, programme, amount)
    return customer_of(entered, customer)


def _check_may(entered: Entered, programme: str, amount: int | None) -> None:
    """By the amount, and in the scope of the programme."""
    access.require(
        entered.actor, "loyalty.adjust", scope=loyalty.scope_of(entered.tx, programme), amount=amount
    )


def _member(entered: Entered, programme: str, customer: str, currency: str | None) -> loyalty.Member:
    found = customer_of(entered, customer)
    member = loyalty.member(
        entered.tx, found.customer_id, programme=programme, at=entered.at, currency=currency
    )
    if member is None:
        raise loyalty.UnknownMember(f"{found.id} is no member of {programme}.")
    return member

"""Voucher codes: checked, reserved, used, given back; one code with its history, a customer's codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from pydantic import Field

from regulars import access, offers
from regulars.api.calling import Call, Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.problems import documented
from regulars.api.shapes import (
    CustomerId,
    CustomerInPath,
    In,
    Instant,
    Line,
    Money,
    Out,
    Page,
    id_in_path,
    id_type,
    money,
)
from regulars.api.voucher_pools import Voucher, check_pool, voucher
from regulars.api.write_ids import IdempotencyKey, WriteId, chosen_key
from regulars.kernel import parse_public_id, public_id

router = resource("vouchers")
WRONG_MAX = 60  # In a quarter of an hour, of a key or an address.
MINOR_MAX = 10**15
VoucherInPath = Annotated[str, id_in_path("vch", "the voucher code")]
UseInPath = Annotated[str, id_in_path("use", "the use")]
ReservationInPath = Annotated[str, id_in_path("rsv", "the reservation")]
UseId = Annotated[str, id_type("use", "a use of a code")]
Typed = Annotated[
    Line,
    Field(min_length=1, description="Case, spaces and dashes do not matter.", examples=["7k2m 9pqr 4xyz"]),
]
Order = Annotated[Line | None, Field(description="Your number of the order.", examples=["order-4711"])]


class Reason(Out):
    code: str = Field(description="For machines.", examples=["used_up"])
    words: str = Field(examples=["It was used, which is possible once."])


class Shown(In):
    """What a code is shown for."""

    code: Typed
    customer: CustomerId | None = None
    amount_minor: int | None = Field(
        default=None,
        ge=0,
        le=MINOR_MAX,
        description="What the order comes to before the code; of a gift card what it is to pay.",
        examples=[5320],
    )
    currency: Line | None = Field(default=None, description="ISO 4217, of the order.", examples=["USD"])
    order_key: Order = None
    store: Line | None = Field(default=None, examples=["north"])
    channel: Line | None = Field(default=None, examples=["till"])
    up_to: bool = Field(default=False, description="Of a gift card: pay what is there where that is less.")


class Redeeming(Shown):
    reservation: Annotated[str | None, id_type("rsv", "a reservation it belongs to")] = None
    id: WriteId = None


class Reserving(In):
    code: Typed
    customer: CustomerId | None = None
    order_key: Order = None
    minutes: int | None = Field(
        default=None, ge=1, le=60 * 24 * 30, description="Else as the pool says.", examples=[30]
    )
    id: WriteId = None


class GivingBack(In):
    amount_minor: int | None = Field(
        default=None,
        ge=1,
        le=MINOR_MAX,
        description="Of a gift card: a part; else all of it.",
        examples=[500],
    )
    id: WriteId = None


class Checked(Out):
    usable: bool
    reasons: tuple[Reason, ...] = Field(description="Every one why not; empty where it can be used.")
    given: Money = Field(description="What it would be worth.")
    voucher: Voucher


class Used(Out):
    use: UseId
    voucher: Annotated[str, id_type("vch", "the code")]
    given: Money = Field(description="What it was worth.")
    balance: Money | None = Field(description="Of a gift card: what is left right after the first answer.")


class Reserved(Out):
    reservation: Annotated[str, id_type("rsv", "the reservation")]
    voucher: Annotated[str, id_type("vch", "the code")]
    ends_at: Instant


class Reservation(Out):
    reservation: Annotated[str, id_type("rsv", "the reservation")]
    state: str = Field(description="held, used, released or expired.", examples=["released"])


class GivenBack(Out):
    use: UseId
    given_back: Money = Field(description="By this call; what came before under another id is told again.")
    whole: bool = Field(description="Nothing of the use is left.")


class Use(Out):
    use: UseId
    customer: CustomerId | None
    order_key: str | None
    amount_minor: int | None
    given: Money
    given_back: Money
    used_at: Instant
    cancelled_at: Instant | None
    actor: str | None


class Movement(Out):
    """Money of a gift card that went from one account to another."""

    kind: str = Field(description="load, pay, refund, expire or cancel.", examples=["pay"])
    from_account: str = Field(examples=["card"])
    to_account: str = Field(examples=["paid"])
    amount: Money
    balance_after: Money
    moved_at: Instant
    use: UseId | None


class History(Out):
    voucher: Voucher
    uses: tuple[Use, ...] = Field(description="The newest first, at most 500.")
    movements: tuple[Movement, ...] = Field(description="Of a gift card, the newest first.")


@contextmanager
def looking_up(call: Call) -> Iterator[Entered]:
    """Wrong codes are counted by key and by address, and refused beyond a limit before any look."""
    names: list[str] = []
    now: datetime | None = None
    try:
        with call.enter() as entered:
            now = entered.now
            by = entered.actor.via if entered.actor.is_key else f"person:{entered.actor.person_id}"
            address = call.request.client.host if call.request.client else "?"
            names = [f"code:{by}", f"code:{address}"]
            access.refuse_after(entered.tx, names, most=WRONG_MAX, now=now)
            # Of which pool, the code says; who may not at all learns nothing of it.
            access.require(entered.actor, "vouchers.redeem", scope=entered.actor.scope)
            yield entered
    except offers.UnknownCode:
        if now is not None:
            access.note_wrong(call.app.database, names, now)
        raise


@router.post("/vouchers/checks", openapi_extra=permission("vouchers.redeem", by="room"))
def check_code(call: Calling, body: Shown) -> Checked:
    """Whether a code can be used, every reason why not, and what it is worth; nothing is done."""
    with looking_up(call) as entered:
        check_pool(entered, "vouchers.redeem", offers.find(entered.tx, body.code).pool)
        found = offers.validate(entered.tx, body.code, _asked(entered, body), at=entered.at)
        return Checked(
            usable=found.usable,
            reasons=tuple(Reason.model_validate(one) for one in found.reasons),
            given=money(found.given_minor, found.code.currency),
            voucher=voucher(entered, found.code),
        )


def _asked(entered: Entered, body: Shown) -> offers.Asked:
    return offers.Asked(
        customer_id=_whose(entered, body.customer),
        amount_minor=body.amount_minor,
        currency=body.currency,
        order_key=body.order_key,
        store=body.store,
        channel=body.channel,
        up_to=body.up_to,
    )


def _whose(entered: Entered, customer: str | None) -> int | None:
    return customer_of(entered, customer).customer_id if customer else None


@router.post(
    "/vouchers/uses",
    status_code=201,
    openapi_extra=permission("vouchers.redeem", by="room"),
    responses=documented(409),
)
def use_code(call: Calling, body: Redeeming, idempotency_key: IdempotencyKey = None) -> Used:
    """Use a code, or refuse with every reason; the refusal too is kept as the answer to its id."""
    key = chosen_key(idempotency_key, body.id)
    with looking_up(call) as entered:
        check_pool(entered, "vouchers.redeem", offers.find(entered.tx, body.code).pool)
        done = offers.redeem(
            entered.tx,
            body.code,
            _whose(entered, body.customer),
            body.amount_minor,
            key=key,
            at=entered.at,
            order_key=body.order_key,
            currency=body.currency,
            store=body.store,
            channel=body.channel,
            up_to=body.up_to,
            reservation=parse_public_id("rsv", body.reservation) if body.reservation else None,
            actor=entered.actor.name,
        )
        if not done.reasons:
            entered.record("vouchers.redeem", kind="voucher", subject=public_id("vch", done.code_id))
    confirmed = done.confirmed()  # After the commit, so that the refusal stays.
    assert confirmed.use_id is not None
    balance = confirmed.balance_minor
    return Used(
        use=public_id("use", confirmed.use_id),
        voucher=public_id("vch", confirmed.code_id),
        given=money(confirmed.given_minor, confirmed.currency),
        balance=money(balance, confirmed.currency) if balance is not None else None,
    )


@router.post(
    "/vouchers/reservations",
    status_code=201,
    openapi_extra=permission("vouchers.redeem", by="room"),
    responses=documented(409),
)
def reserve_code(call: Calling, body: Reserving, idempotency_key: IdempotencyKey = None) -> Reserved:
    """Keep one use of a code for a customer or an order, until it is used, released, or its time is over."""
    key = chosen_key(idempotency_key, body.id)
    with looking_up(call) as entered:
        check_pool(entered, "vouchers.redeem", offers.find(entered.tx, body.code).pool)
        done = offers.reserve(
            entered.tx,
            body.code,
            _whose(entered, body.customer),
            key=key,
            at=entered.at,
            order_key=body.order_key,
            minutes=body.minutes,
        )
    confirmed = done.confirmed()
    assert confirmed.reservation_id is not None
    assert confirmed.ends_at is not None
    return Reserved(
        reservation=public_id("rsv", confirmed.reservation_id),
        voucher=public_id("vch", confirmed.code_id),
        ends_at=datetime.fromisoformat(confirmed.ends_at),
    )


@router.delete(
    "/vouchers/reservations/{reservation}",
    openapi_extra=permission("vouchers.redeem", by="room"),
    responses=documented(409),
)
def release_code(call: Calling, reservation: ReservationInPath) -> Reservation:
    """Free what was reserved; again, nothing changes."""
    with call.enter() as entered:
        done = offers.release(entered.tx, parse_public_id("rsv", reservation), at=entered.at)
        check_pool(entered, "vouchers.redeem", offers.code(entered.tx, done.code_id).pool)
        return Reservation(reservation=done.public_id, state=done.state)


@router.post(
    "/vouchers/uses/{use}/cancellation",
    openapi_extra=permission("vouchers.redeem", by="room"),
    responses=documented(409),
)
def give_back(
    call: Calling, use: UseInPath, body: GivingBack, idempotency_key: IdempotencyKey = None
) -> GivenBack:
    """Give a use back, exactly once; of a gift card also a part of the money."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        done = offers.cancel_redemption(
            entered.tx,
            parse_public_id("use", use),
            key=key,
            at=entered.at,
            amount_minor=body.amount_minor,
            actor=entered.actor.name,
        )
        check_pool(entered, "vouchers.redeem", offers.code(entered.tx, done.code_id).pool)
        entered.record("vouchers.give_back", kind="voucher", subject=public_id("vch", done.code_id))
        return GivenBack(use=use, given_back=money(done.given_back_minor, done.currency), whole=done.whole)


@router.get("/voucher-codes/{voucher_id}", openapi_extra=permission("rewards.view"))
def get_code(call: Calling, voucher_id: VoucherInPath) -> History:
    """One code with its uses, and of a gift card every movement of its money."""
    with call.enter() as entered:
        found = offers.code(entered.tx, parse_public_id("vch", voucher_id))
        past = offers.history(entered.tx, found.id)
        return History(
            voucher=voucher(entered, found),
            uses=tuple(_use(one, found.currency) for one in past.uses),
            movements=tuple(_movement(one, found.currency) for one in past.movements),
        )


def _use(one: offers.Use, currency: str) -> Use:
    return Use(
        use=one.public_id,
        customer=public_id("cus", one.customer_id) if one.customer_id is not None else None,
        order_key=one.order_key,
        amount_minor=one.amount_minor,
        given=money(one.given_minor, currency),
        given_back=money(one.given_back_minor, currency),
        used_at=one.used_at,
        cancelled_at=one.cancelled_at,
        actor=one.actor,
    )


def _movement(one: offers.Movement, currency: str) -> Movement:
    return Movement(
        kind=one.kind,
        from_account=one.from_account,
        to_account=one.to_account,
        amount=money(one.amount_minor, currency),
        balance_after=money(one.balance_after, currency),
        moved_at=one.moved_at,
        use=public_id("use", one.use_id) if one.use_id is not None else None,
    )


@router.post(
    "/voucher-codes/{voucher_id}/cancellation",
    openapi_extra=permission("vouchers.issue", by="room"),
    responses=documented(409),
)
def withdraw_code(call: Calling, voucher_id: VoucherInPath) -> Voucher:
    """Withdraw a code for good; again, nothing changes."""
    with call.enter() as entered:
        number = parse_public_id("vch", voucher_id)
        before = offers.code(entered.tx, number)
        check_pool(entered, "vouchers.issue", before.pool)
        found = offers.withdraw(entered.tx, number, at=entered.at, actor=entered.actor.name)
        if before.state != found.state:
            entered.record("vouchers.withdraw", kind="voucher", subject=found.public_id)
        return voucher(entered, found)


@router.get("/customers/{customer}/vouchers", openapi_extra=permission("rewards.view"))
def wallet(call: Calling, customer: CustomerInPath) -> Page[Voucher]:
    """Every code a customer was given, the newest first; at most 500."""
    with call.enter() as entered:
        found = offers.wallet(entered.tx, customer_of(entered, customer).customer_id)
        return Page(items=tuple(voucher(entered, one) for one in found))

"""Tills and shops: what a cart earns, sessions that hold points and codes, orders and returns told once."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from regulars import access, checkout, customers, loyalty
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.problems import documented
from regulars.api.programmes import check_may
from regulars.api.shapes import (
    CustomerId,
    Flag,
    In,
    Instant,
    Line,
    Note,
    Out,
    Text,
    id_in_path,
    id_type,
    key_in_path,
)
from regulars.api.write_ids import IdempotencyKey, WriteId, chosen_key
from regulars.kernel import parse_public_id, public_id

router = resource("checkout")
SERVE = "checkout.serve"
AMOUNT_MAX = 10**15
SERVING = permission(SERVE, by="room")
CHANGES = documented(400, 409, 413, 415)
SessionInPath = Annotated[str, id_in_path("ses", "the session")]
OrderKey = Annotated[str, key_in_path("the order, as the till or shop chose it", "till-7-000123")]
Minor = Annotated[int, Field(ge=0, le=AMOUNT_MAX)]
Key = Annotated[Text, Field(min_length=1, max_length=200)]


class CartLine(In):
    key: Key = Field(description="Its own in the cart; a return names it.", examples=["1"])
    product: Line = Field(description="Key of the product in the catalogue.", examples=["espresso-1kg"])
    total_minor: Minor = Field(
        description="What it comes to after discounts and before payments, in the smallest unit.",
        examples=[1990],
    )
    quantity: Decimal = Field(default=Decimal(1), gt=0, le=10**9, strict=False, examples=["1"])
    name: Line | None = None
    category: Line | None = Field(
        default=None, description="Else as the catalogue has it.", examples=["Coffee"]
    )
    brand: Line | None = None


class Cart(In):
    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"])
    lines: list[CartLine] = Field(default=[], max_length=500)
    total_minor: Minor | None = Field(
        default=None, description="After discounts; without it, what the lines come to.", examples=[None]
    )
    store: Line = Field(default="", examples=["north"])

    def cart(self) -> checkout.Cart:
        lines = tuple(checkout.CartLine(**line.model_dump()) for line in self.lines)
        return checkout.Cart(
            currency=self.currency, lines=lines, total_minor=self.total_minor, store=self.store
        )


class Previewing(In):
    programme: Line = Field(examples=["points_club"])
    customer: Text | None = Field(
        default=None, max_length=40, description="Public id of the member; nobody known without it.",
        examples=["cus_1000"],
    )  # fmt: skip
    cart: Cart


class Opening(Previewing):
    id: WriteId = None
    points: Annotated[int, Field(ge=0, le=AMOUNT_MAX)] = Field(
        default=0, description="That the member wants to pay with, in the smallest unit.", examples=[200]
    )
    codes: list[Key] = Field(default=[], max_length=20, description="Voucher codes shown.")


class Capturing(In):
    id: WriteId = None
    order: Key = Field(description="The till's or shop's own id of the order.", examples=["till-7-000123"])
    tell_order: Flag = Field(
        default=True, description="Whether this call tells the order; false where the shop tells it itself."
    )
    occurred_at: Instant | None = None


class Voiding(In):
    id: WriteId = None


class Ordering(In):
    order: Key = Field(description="The till's or shop's own id of the order.", examples=["till-7-000123"])
    programme: Line = Field(examples=["points_club"])
    customer: Text | None = Field(default=None, max_length=40, examples=["cus_1000"])
    cart: Cart
    occurred_at: Instant | None = Field(
        default=None, description="When it was bought; of a till that was offline, then.", examples=[None]
    )


class ReturnedLine(In):
    line: Key = Field(description="Key of the line in the order.", examples=["1"])
    quantity: Decimal | None = Field(
        default=None, gt=0, le=10**9, strict=False, description="Without it, all that is left of the line."
    )


class Returning(In):
    id: WriteId = None
    lines: list[ReturnedLine] = Field(
        default=[], max_length=500, description="Without any, all that is left of the order."
    )
    reason: Note = ""
    store: Line = ""


class AwardLine(Out):
    line: str = Field(description="Key of the line in the cart.", examples=["1"])
    points: int
    factor: int = Field(description="In per cent: 200 is double.", examples=[100])
    cut: int = Field(description="What caps and budgets took off it.")


class Award(Out):
    rule: str = Field(examples=["base"])
    title: str
    currency: str = Field(examples=["points"])
    points: int
    lines: tuple[AwardLine, ...]


class NotAwarded(Out):
    rule: str
    line: str | None
    code: str
    words: str = Field(examples=["Delivery earns nothing in this programme."])


class Payable(Out):
    points: int = Field(description="The most that may pay of this cart.")
    worth_minor: int
    money: str
    currency: str
    least: int
    step: int
    rate: str = Field(examples=["100 points for 1.00 EUR"])
    reasons: tuple[str, ...]


class Preview(Out):
    """Nothing is written; the same cart gives the same answer as long as nothing else happens."""

    awards: tuple[Award, ...]
    not_awarded: tuple[NotAwarded, ...]
    payable: Payable | None = Field(description="Null: the programme takes no points for payment.")
    joins: bool = Field(description="Whether the customer becomes a member with this purchase.")
    welcome: int


class Said(Out):
    what: str = Field(examples=["points"])
    id: str
    applied: bool
    amount: int
    code: str = Field(description="Of the reason why not.")
    words: str


class Outcome(Out):
    points: int = Field(description="Spent.")
    transfer: str | None
    codes: tuple[str, ...]


class Session(Out):
    id: Annotated[str, id_type("ses", "a session")]
    programme: str
    customer: CustomerId | None
    state: str = Field(examples=["open"], description="open, captured, voided or expired.")
    opened_at: Instant
    expires_at: Instant
    order: str | None
    said: tuple[Said, ...] = Field(description="What was asked for: applied, or why not.")
    off_minor: int = Field(description="What codes take off, before payments.")
    worth_minor: int = Field(description="What the points held are worth.")
    left_minor: int = Field(description="What is left to pay.")
    earns: dict[str, int] = Field(description="Points by currency that the order will earn, as things stand.")
    outcome: Outcome | None


class Told(Out):
    order: str
    fresh: bool = Field(description="False: the same call came before, and nothing more was done.")
    awards: tuple[Award, ...] = Field(description="What it earns, as things stand; booked within seconds.")
    not_awarded: tuple[NotAwarded, ...]


class Returned(Out):
    order: str
    fresh: bool


@router.post("/checkout/preview", openapi_extra=SERVING, responses=CHANGES)
def preview(call: Calling, body: Previewing) -> Preview:
    """What a cart would earn and how it may be paid; nothing is changed."""
    with call.enter() as entered:
        check_may(entered, SERVE, body.programme)
        customer = _customer(entered, body.customer)
        cart = body.cart.cart()
        priced = loyalty.preview_basket(
            entered.tx, body.programme, customer.customer_id if customer else None, cart.basket(), entered.at
        )
        return Preview(
            awards=_awards(priced),
            not_awarded=_skipped(priced),
            payable=Payable.model_validate(priced.payable) if priced.payable else None,
            joins=priced.joins,
            welcome=priced.welcome,
        )


@router.post("/checkout/sessions", openapi_extra=SERVING, responses=CHANGES)
def open_session(call: Calling, body: Opening, idempotency_key: IdempotencyKey = None) -> Session:
    """Hold points and reserve codes for a cart until it is paid, given up, or its time is over."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        check_may(entered, SERVE, body.programme)
        customer = _customer(entered, body.customer)
        found = checkout.open_session(
            entered.tx, body.programme, customer.customer_id if customer else None, body.cart.cart(), key=key,
            at=entered.at, points=body.points, codes=body.codes, actor=entered.actor.name,
        )  # fmt: skip
        return _session(found)


@router.get("/checkout/sessions/{session}", openapi_extra=SERVING)
def get_session(call: Calling, session: SessionInPath) -> Session:
    """One session as it stands."""
    with call.enter() as entered:
        return _session(_served(entered, session))


@router.post("/checkout/sessions/{session}/capture", openapi_extra=SERVING, responses=CHANGES)
def capture(
    call: Calling, session: SessionInPath, body: Capturing, idempotency_key: IdempotencyKey = None
) -> Session:
    """The cart was paid: spend what was held, redeem the codes, tell the order."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        found = checkout.capture_session(
            entered.tx, _served(entered, session).session_id, order_key=body.order, key=key, at=entered.at,
            actor=entered.actor.name, tell=body.tell_order, occurred_at=body.occurred_at,
        )  # fmt: skip
        return _session(found)


@router.post("/checkout/sessions/{session}/void", openapi_extra=SERVING, responses=CHANGES)
def void(
    call: Calling, session: SessionInPath, body: Voiding, idempotency_key: IdempotencyKey = None
) -> Session:
    """Nothing was bought: what was held and reserved is free again."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        found = checkout.void_session(
            entered.tx, _served(entered, session).session_id, key=key, at=entered.at, actor=entered.actor.name
        )
        return _session(found)


@router.post("/checkout/orders", openapi_extra=SERVING, responses=CHANGES)
def tell_order(call: Calling, body: Ordering) -> Told:
    """Tell an order under the till's own id: once, however often it is sent, also hours later."""
    with call.enter() as entered:
        check_may(entered, SERVE, body.programme)
        customer = _customer(entered, body.customer)
        number = customer.customer_id if customer else None
        cart = body.cart.cart()
        order = checkout.Order(
            key=body.order, cart=cart, occurred_at=body.occurred_at, customer_id=number,
            user_id=checkout.user_id_of(entered.tx, number),
        )  # fmt: skip
        fresh = checkout.tell_order(entered.tx, order, at=entered.at)
        priced = loyalty.preview_basket(
            entered.tx, body.programme, number, cart.basket(), body.occurred_at or entered.at
        )
        return Told(order=body.order, fresh=fresh, awards=_awards(priced), not_awarded=_skipped(priced))


@router.post("/checkout/orders/{order}/returns", openapi_extra=SERVING, responses=CHANGES)
def tell_return(
    call: Calling, order: OrderKey, body: Returning, idempotency_key: IdempotencyKey = None
) -> Returned:
    """Tell what came back of an order: lines and units, or all; points and codes follow within seconds."""
    key = chosen_key(idempotency_key, body.id)
    with call.enter() as entered:
        access.require(entered.actor, SERVE, scope=entered.actor.scope)  # Of which programme, the order says.
        lines = [checkout.Returned(line=one.line, quantity=one.quantity) for one in body.lines]
        fresh = checkout.tell_refund(
            entered.tx, order, lines, key=key, at=entered.at, reason=body.reason, store=body.store
        )
        return Returned(order=order, fresh=fresh)


def _served(entered: Entered, session: str) -> checkout.Session:
    found = checkout.session(entered.tx, parse_public_id("ses", session))
    check_may(entered, SERVE, found.programme)
    return found


def _customer(entered: Entered, asked: str | None) -> customers.Customer | None:
    return customer_of(entered, asked) if asked is not None else None


def _awards(priced: loyalty.Priced) -> tuple[Award, ...]:
    return tuple(
        Award(
            rule=award.rule,
            title=award.title,
            currency=award.currency,
            points=award.points,
            lines=tuple(AwardLine.model_validate(part) for part in award.parts),
        )
        for award in priced.awards
    )


def _skipped(priced: loyalty.Priced) -> tuple[NotAwarded, ...]:
    return tuple(NotAwarded.model_validate(one) for one in priced.skipped)


def _session(found: checkout.Session) -> Session:
    answer, outcome = found.answered, found.came_to
    return Session(
        id=found.id,
        programme=found.programme,
        customer=public_id("cus", found.customer_id) if found.customer_id is not None else None,
        state=found.state,
        opened_at=found.opened_at,
        expires_at=found.expires_at,
        order=found.order_key,
        said=tuple(Said.model_validate(one) for one in answer.said),
        off_minor=answer.off_minor,
        worth_minor=answer.worth_minor,
        left_minor=answer.left_minor,
        earns=answer.earns,
        outcome=_outcome(outcome) if outcome else None,
    )


def _outcome(found: checkout.Outcome) -> Outcome:
    transfer = public_id("txn", found.transfer_id) if found.transfer_id is not None else None
    return Outcome(points=found.points, transfer=transfer, codes=found.codes)

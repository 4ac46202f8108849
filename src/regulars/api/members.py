"""Members of a programme: balance, tier and statement."""

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from regulars import loyalty
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.programmes import Currency
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    CustomerInPath,
    Instant,
    Limit,
    Out,
    Page,
    ProgrammeInPath,
    id_type,
)
from regulars.kernel import public_id

router = resource("members")
PLACE = "/programmes/{programme}/members/{customer}"


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


def _member(entered: Entered, programme: str, customer: str, currency: str | None) -> loyalty.Member:
    found = customer_of(entered, customer)
    member = loyalty.member(
        entered.tx, found.customer_id, programme=programme, at=entered.at, currency=currency
    )
    if member is None:
        raise loyalty.UnknownMember(f"{found.id} is no member of {programme}.")
    return member

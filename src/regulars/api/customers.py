"""Customers: the list, one, what happened to them, what they bought and the segments they are in."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from regulars import customers, orders, segments
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.orders import Order, order_fields
from regulars.api.segments import Reasons
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    CustomerInPath,
    Flag,
    Instant,
    Limit,
    Line,
    Out,
    Page,
    id_type,
    key_in_path,
)
from regulars.kernel import parse_public_id, public_id

router = resource("customers")


class Customer(Out):
    id: CustomerId
    user_id: str | None = Field(description="The company's own id.", examples=["1842"])
    name: str | None = Field(examples=["Ana Lima"])
    email: str | None = Field(description="Masked for who may not see contacts.", examples=["a…@e….com"])
    phone: str | None = Field(description="Masked for who may not see contacts.", examples=["…77"])
    created_at: Instant
    first_seen_at: Instant
    last_seen_at: Instant
    traits: dict[str, Any] = Field(examples=[{"household_size": 2}])
    test: bool


class Identifier(Out):
    kind: str = Field(examples=["user_id"])
    value: str = Field(examples=["1842"])


class Profile(Customer):
    identifiers: tuple[Identifier, ...]


class Event(Out):
    id: Annotated[str, id_type("evt", "an event")]
    type: str = Field(examples=["track"])
    name: str = Field(examples=["Order Completed"])
    occurred_at: Instant
    booked_at: Instant
    source: str = Field(examples=["web"])
    properties: dict[str, Any]
    history: bool = Field(description="Brought by an import: nothing fired.")


class Stay(Out):
    key: str = Field(examples=["lapsed"])
    title: str
    approach: str | None = Field(description="The approach it is a stage of.")
    stage: str | None
    entered_at: Instant
    left_at: Instant | None = Field(description="Null while it lasts.")


def customer_of(entered: Entered, text: str) -> customers.Customer:
    """The customer of an address, or the one they were merged into."""
    return customers.get(entered.tx, parse_public_id("cus", text))


def _seen(entered: Entered, found: customers.Customer) -> customers.Customer:
    """As the caller may see them."""
    seen = entered.sees_contacts
    personal = frozenset() if seen else customers.personal_traits(entered.tx)
    return customers.masked(found, may_see_contacts=seen, personal=personal)


@router.get("/customers", openapi_extra=permission("customers.view"))
def list_customers(
    call: Calling,
    q: Annotated[
        Line | None,
        Query(description="Words that names, ids or addresses begin with; then no filter counts."),
    ] = None,
    user_id: Annotated[
        Line | None, Query(description="Exactly the one with this id of the company's.")
    ] = None,
    named: Flag | None = None,
    with_email: Flag | None = None,
    test: Flag | None = None,
    seen_since: Instant | None = None,
    seen_before: Instant | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Customer]:
    """The newest first; with `q` the best match first."""
    with call.enter() as entered:
        if q is not None:
            found = customers.search(entered.tx, q, cursor, limit, contacts=entered.sees_contacts)
        else:
            ids = None
            if user_id is not None:
                known = customers.find(entered.tx, "user_id", user_id)
                ids = () if known is None else (known,)
            filters = customers.Filters(
                named=named,
                with_email=with_email,
                test=test,
                seen_since=seen_since,
                seen_before=seen_before,
                ids=ids,
            )
            found = customers.list_page(entered.tx, filters, cursor, limit)
        shown = [_seen(entered, one) for one in found.items]
        return Page(items=tuple(Customer.model_validate(one) for one in shown), next=found.next)


@router.get("/customers/{customer}", openapi_extra=permission("customers.view"))
def get_customer(call: Calling, customer: CustomerInPath) -> Profile:
    """One customer with everything they are known by."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        seen = entered.sees_contacts
        known = customers.identifiers(entered.tx, found.customer_id)
        shown = Customer.model_validate(_seen(entered, found))
        return Profile(
            **dict(shown),
            identifiers=tuple(
                Identifier(kind=one.kind, value=one.value if seen else _masked(one)) for one in known
            ),
        )


def _masked(known: customers.Identifier) -> str:
    return str(customers.masked_values({known.kind: known.value})[known.kind])


@router.get("/customers/{customer}/timeline", openapi_extra=permission("customers.view"))
def timeline(
    call: Calling,
    customer: CustomerInPath,
    name: Annotated[Line | None, Query(description="Only events of this name.")] = None,
    source: Annotated[Line | None, Query(description="Only events of this source.")] = None,
    since: Instant | None = None,
    until: Instant | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Event]:
    """Everything that happened to a customer, the latest first."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        names = None if name is None else [name]
        page = customers.timeline(
            entered.tx,
            found.customer_id,
            cursor,
            names,
            limit,
            sources=None if source is None else [source],
            since=since,
            until=until,
        )
        personal = customers.personal_traits(entered.tx)
        items = tuple(_event(one, seen=entered.sees_contacts, personal=personal) for one in page.items)
        return Page(items=items, next=page.next)


def _event(event: Any, *, seen: bool, personal: frozenset[str]) -> Event:
    shown = customers.masked_event(event, may_see_contacts=seen, personal=personal)
    plain = {name: getattr(shown, name) for name in Event.model_fields if name != "id"}
    return Event(id=public_id("evt", event.position), **plain)


@router.get("/customers/{customer}/orders", openapi_extra=permission("customers.view"))
def orders_of(
    call: Calling, customer: CustomerInPath, cursor: Cursor = None, limit: Limit = 50
) -> Page[Order]:
    """A customer's orders, the latest first."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        page = orders.orders_of(entered.tx, found.customer_id, cursor, limit)
        return Page(items=tuple(Order(**order_fields(one)) for one in page.items), next=page.next)


@router.get("/customers/{customer}/segments", openapi_extra=permission("customers.view"))
def stays(call: Calling, customer: CustomerInPath) -> Page[Stay]:
    """Every stay in a segment or stage, the latest first; one still lasting has no `left_at`."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        return Page(
            items=tuple(Stay.model_validate(one) for one in segments.stays(entered.tx, found.customer_id))
        )


@router.get("/customers/{customer}/segments/{segment}", openapi_extra=permission("customers.view"))
def why(
    call: Calling, customer: CustomerInPath, segment: Annotated[str, key_in_path("the segment", "lapsed")]
) -> Reasons:
    """Whether the rules put the customer in now, and why."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        return Reasons.model_validate(segments.why(entered.tx, segment, found.customer_id, entered.at))

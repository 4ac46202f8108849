"""Groups and households: put, listed, joined and left."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from regulars import customers
from regulars.api.calling import Calling, permission, resource
from regulars.api.customers import customer_of
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    CustomerInPath,
    In,
    Instant,
    Limit,
    Line,
    Out,
    Page,
    key_in_path,
)
from regulars.api.traits import check_traits
from regulars.kernel import parse_public_id, public_id

router = resource("groups")
TypeInPath = Annotated[str, key_in_path("the type of group", "household")]
GroupInPath = Annotated[str, key_in_path("the group", "h-1842")]


class Group(Out):
    type: str = Field(examples=["household"])
    key: str = Field(examples=["h-1842"])
    name: str | None = Field(examples=["The Limas"])
    traits: dict[str, Any] = Field(examples=[{"size": 3}])
    members: int
    first_seen_at: Instant
    last_seen_at: Instant


class Belonging(Out):
    type: str = Field(examples=["household"])
    key: str = Field(examples=["h-1842"])
    name: str | None = Field(examples=["The Limas"])
    since: Instant
    members: int


class Member(Out):
    customer: CustomerId
    since: Instant


class Told(In):
    traits: dict[str, Any] = Field(default_factory=dict, examples=[{"name": "The Limas", "size": 3}])


class Joining(In):
    customers: list[str] = Field(min_length=1, max_length=1000, examples=[["cus_rs"]])


class Accepted(Out):
    told: int = Field(description="How many events tell it; the profiles follow within seconds.")


@router.get("/groups", openapi_extra=permission("customers.view"))
def list_groups(
    call: Calling,
    group_type: Annotated[Line | None, Query(description="Only of this type.")] = None,
    q: Annotated[Line | None, Query(description="A part of name or key.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Group]:
    """By type and key."""
    with call.enter() as entered:
        found = customers.groups(entered.tx, group_type=group_type, search=q, cursor=cursor, limit=limit)
        return Page(
            items=tuple(_group(one, seen=entered.sees_contacts) for one in found.items), next=found.next
        )


def _group(found: customers.Group, *, seen: bool) -> Group:
    shown = Group.model_validate(found)
    return shown if seen else shown.model_copy(update={"traits": customers.masked_values(found.traits)})


@router.get("/groups/{type}/{group}", openapi_extra=permission("customers.view"))
def get_group(call: Calling, type: TypeInPath, group: GroupInPath) -> Group:  # noqa: A002 - as in the address
    """One group."""
    with call.enter() as entered:
        return _group(customers.group(entered.tx, type, group), seen=entered.sees_contacts)


@router.put("/groups/{type}/{group}", status_code=202, openapi_extra=permission("customers.edit"))
def put_group(call: Calling, type: TypeInPath, group: GroupInPath, body: Told) -> Accepted:  # noqa: A002
    """Tell traits of a group, which need not be known before."""
    check_traits(body.traits)
    with call.enter() as entered:
        customers.put_group(entered.tx, entered.actor, type, group, body.traits, at=entered.at)
        return Accepted(told=1)


@router.get("/groups/{type}/{group}/members", openapi_extra=permission("customers.view"))
def list_members(
    call: Calling,
    type: TypeInPath,  # noqa: A002
    group: GroupInPath,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Member]:
    """Who belongs to a group."""
    with call.enter() as entered:
        found = customers.group(entered.tx, type, group)
        page = customers.group_members(entered.tx, found.group_id, cursor, limit)
        items = (Member(customer=public_id("cus", m.customer_id), since=m.since) for m in page.items)
        return Page(items=tuple(items), next=page.next)


@router.post("/groups/{type}/{group}/members", status_code=202, openapi_extra=permission("customers.edit"))
def add_members(call: Calling, type: TypeInPath, group: GroupInPath, body: Joining) -> Accepted:  # noqa: A002
    """Tell that customers belong to a group, which need not be known before."""
    ids = [parse_public_id("cus", one) for one in body.customers]
    with call.enter() as entered:
        customers.add_to_group(entered.tx, entered.actor, type, group, ids, at=entered.at)
        return Accepted(told=len(ids))


@router.delete(
    "/groups/{type}/{group}/members/{customer}", status_code=202, openapi_extra=permission("customers.edit")
)
def remove_member(
    call: Calling,
    type: TypeInPath,  # noqa: A002
    group: GroupInPath,
    customer: CustomerInPath,
) -> Accepted:
    """Tell that a customer no longer belongs to a group."""
    with call.enter() as entered:
        person = customer_of(entered, customer)
        customers.remove_from_group(entered.tx, entered.actor, type, group, person.customer_id, at=entered.at)
        return Accepted(told=1)


@router.get("/customers/{customer}/groups", openapi_extra=permission("customers.view"))
def groups_of(call: Calling, customer: CustomerInPath) -> Page[Belonging]:
    """The groups a customer belongs to."""
    with call.enter() as entered:
        person = customer_of(entered, customer)
        found = customers.groups_of(entered.tx, person.customer_id)
        return Page(items=tuple(Belonging.model_validate(one) for one in found))

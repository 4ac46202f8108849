"""Identity: what a person is known by, who may be one person, and merge, split and undo by hand."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from regulars import customers
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.problems import documented
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
    Text,
    id_in_path,
    id_type,
)
from regulars.kernel import parse_public_id, public_id
from regulars.wiring import FOLLOW

router = resource("identity")
DEED = "ded"
REFUSALS = documented(400, 409, 413, 415)
Reason = Annotated[
    Text | None,
    Field(max_length=500, description="Why, for those who look later.", examples=["Both cards are hers"]),
]
DeedId = Annotated[str, id_type(DEED, "what was decided")]
Kind = Annotated[
    Line | None, Query(description="Only identifiers of this kind.", examples=["email"], min_length=1)
]


class Record(Out):
    """One of the records that a person is made of."""

    id: CustomerId
    kind: str = Field(description="Of its own identifier.", examples=["user_id"])
    value: str = Field(examples=["1842"])
    first_seen_at: Instant
    last_seen_at: Instant
    leads: bool = Field(description="Whether the person goes by its id.")
    came_at: Instant | None = Field(description="When it was merged; null when it never was.")
    came_by: str | None = Field(description="Who merged it by hand; null: a rule.")


class Sighting(Out):
    """An identifier that a record was seen with."""

    record: CustomerId
    kind: str = Field(examples=["email"])
    value: str = Field(description="Masked for who may not see contacts.", examples=["a…@e….com"])
    verified: bool = Field(description="Only what is verified merges.")
    source: str = Field(examples=["web"])
    first_at: Instant
    last_at: Instant = Field(description="To the day.")
    others: int = Field(description="How many other people were seen with it.")


class Deed(Out):
    id: DeedId
    deed: Literal["merge", "split", "decline", "undo"]
    made_at: Instant
    by: str = Field(examples=["Ana Lima"])
    reason: str | None
    undone: bool


class Identities(Out):
    records: tuple[Record, ...]
    sightings: tuple[Sighting, ...]
    deeds: tuple[Deed, ...]


class Decided(Out):
    deed: Deed
    people: tuple[CustomerId, ...] = Field(description="Who they are now.")


class Suggestion(Out):
    one: CustomerId
    other: CustomerId
    kind: str = Field(examples=["email"])
    value: str = Field(description="Masked for who may not see contacts.", examples=["a…@e….com"])
    verified: bool


class Problem(Out):
    customer: CustomerId
    kind: str = Field(examples=["phone"])
    written: str = Field(description="Masked for who may not see contacts.")
    reason: str = Field(examples=["its check digit is wrong: a digit was mistyped"])
    source: str
    first_at: Instant


class Contest(Out):
    trait: str
    stays: object
    goes: object
    winner: Literal["stays", "goes"]


class MergePreview(Out):
    stays: CustomerId
    goes: CustomerId
    traits: tuple[Contest, ...]


class Two(In):
    one: Line = Field(examples=["cus_rs"])
    other: Line = Field(examples=["cus_rt"])
    reason: Reason = None


class Splitting(In):
    leaving: list[Line] = Field(
        min_length=1, max_length=500, description="The records that leave, together.", examples=[["cus_rt"]]
    )
    reason: Reason = None


class Undoing(In):
    reason: Reason = None


@router.get("/customers/{customer}/identities", openapi_extra=permission("customers.view"))
def identities(call: Calling, customer: CustomerInPath) -> Identities:
    """The records a person is made of, what they were seen with, and what was decided by hand."""
    with call.enter() as entered:
        person = customer_of(entered, customer).customer_id
        found, hidden = customers.records(entered.tx, person), _hidden(entered)
        return Identities(
            records=tuple(
                Record(id=public_id("cus", one.customer_id), **_fields(one, Record, "id")) for one in found
            ),
            sightings=tuple(
                Sighting(
                    record=public_id("cus", one.atom_id),
                    value=_masked(hidden, one.kind, one.value),
                    **_fields(one, Sighting, "record", "value"),
                )
                for one in customers.sightings(entered.tx, person)
            ),
            deeds=tuple(_deed(one) for one in customers.deeds_of(entered.tx, person)),
        )


@router.get("/identity/merge-preview", openapi_extra=permission("customers.merge"))
def preview(
    call: Calling,
    one: Annotated[Line, Query(description="Public id of a customer.", examples=["cus_rs"])],
    other: Annotated[Line, Query(description="Public id of another.", examples=["cus_rt"])],
) -> MergePreview:
    """Whose id stays and which value of each trait; nothing changes."""
    with call.enter() as entered:
        shown = customers.preview_merge(
            entered.tx, parse_public_id("cus", one), parse_public_id("cus", other)
        )
        hidden = frozenset() if entered.sees_contacts else customers.personal_traits(entered.tx)
        return MergePreview(
            stays=shown.stays.id,
            goes=shown.goes.id,
            traits=tuple(
                Contest(
                    trait=c.name,
                    stays=_trait(entered, hidden, c.name, c.stays),
                    goes=_trait(entered, hidden, c.name, c.goes),
                    winner=c.winner,
                )
                for c in shown.contests
            ),
        )


@router.post("/identity/merges", openapi_extra=permission("customers.merge"), responses=REFUSALS)
def merge(call: Calling, body: Two) -> Decided:
    """Make two customers one person; whatever is kept by customer follows in the same transaction."""
    with call.enter() as entered:
        one, other = parse_public_id("cus", body.one), parse_public_id("cus", body.other)
        made = customers.merge(entered.tx, _deciding(entered, body.reason), one, other)
        return _decided(entered, made, [one])


@router.post("/identity/declines", openapi_extra=permission("customers.merge"), responses=REFUSALS)
def decline(call: Calling, body: Two) -> Decided:
    """Say that two customers are two people: no rule merges them, no suggestion comes again."""
    with call.enter() as entered:
        one, other = parse_public_id("cus", body.one), parse_public_id("cus", body.other)
        made = customers.decline(entered.tx, _deciding(entered, body.reason), one, other)
        return _decided(entered, made, [one, other])


@router.post("/customers/{customer}/split", openapi_extra=permission("customers.merge"), responses=REFUSALS)
def split(call: Calling, customer: CustomerInPath, body: Splitting) -> Decided:
    """Let records leave a person and be one of their own; what happened under them goes with them."""
    with call.enter() as entered:
        person = customer_of(entered, customer).customer_id
        leaving = [parse_public_id("cus", one) for one in body.leaving]
        whole = [one.customer_id for one in customers.records(entered.tx, person)]
        made = customers.split(entered.tx, _deciding(entered, body.reason), person, leaving)
        return _decided(entered, made, whole)


@router.post("/identity/deeds/{deed}/undo", openapi_extra=permission("customers.merge"), responses=REFUSALS)
def undo(call: Calling, deed: Annotated[str, id_in_path(DEED, "what was decided")], body: Undoing) -> Decided:
    """Take back what was decided by hand; what rules say then holds again."""
    with call.enter() as entered:
        deed_id = parse_public_id(DEED, deed)
        made = customers.undo(entered.tx, _deciding(entered, body.reason), deed_id)
        return _decided(entered, made, customers.atoms_of_deed(entered.tx, deed_id))


@router.get("/identity/suggestions", openapi_extra=permission("customers.merge"))
def suggestions(
    call: Calling, kind: Kind = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[Suggestion]:
    """Who may be one person, by the identifier they share; a page may hold a few more than asked for."""
    with call.enter() as entered:
        found = customers.suggestions(entered.tx, kind=kind, cursor=cursor, limit=limit)
        hidden = _hidden(entered)
        shown = (
            Suggestion(
                one=public_id("cus", one.one_id),
                other=public_id("cus", one.other_id),
                kind=one.kind,
                value=_masked(hidden, one.kind, one.value),
                verified=one.verified,
            )
            for one in found.items
        )
        return Page(items=tuple(shown), next=found.next)


@router.get("/identity/problems", openapi_extra=permission("customers.view"))
def problems(call: Calling, limit: Limit = 50) -> Page[Problem]:
    """What came as an identifier and is none, the latest first."""
    with call.enter() as entered:
        found, hidden = customers.problems(entered.tx, limit=limit), _hidden(entered)
        shown = (
            Problem(
                customer=public_id("cus", one.customer_id),
                written=_masked(hidden, one.kind, one.written),
                **_fields(one, Problem, "customer", "written"),
            )
            for one in found
        )
        return Page(items=tuple(shown))


def _deciding(entered: Entered, reason: str | None) -> customers.Deciding:
    return customers.Deciding(actor=entered.actor, at=entered.at, follow=FOLLOW, reason=reason)


def _decided(entered: Entered, made: customers.IdentityDeed, atoms: Sequence[int]) -> Decided:
    now = sorted(set(customers.persons_of(entered.tx, atoms)))
    return Decided(deed=_deed(made), people=tuple(public_id("cus", one) for one in now))


def _deed(made: customers.IdentityDeed) -> Deed:
    return Deed(
        id=made.id,
        deed=made.deed,
        made_at=made.made_at,
        by=made.actor_name,
        reason=made.reason,
        undone=made.undone,
    )


def _fields(one: object, shape: type[Out], *but: str) -> dict[str, Any]:
    return {name: getattr(one, name) for name in shape.model_fields if name not in but}


def _hidden(entered: Entered) -> frozenset[str]:
    """The kinds whose values the caller sees masked."""
    return frozenset() if entered.sees_contacts else customers.contact_kinds(entered.tx)


def _masked(hidden: frozenset[str], kind: str, value: str) -> str:
    return customers.masked_text(value) or "" if kind in hidden else value


def _trait(entered: Entered, hidden: frozenset[str], name: str, value: object) -> object:
    if entered.sees_contacts:
        return value
    shown = customers.masked_values({name: value}, personal=hidden)
    return shown[name]

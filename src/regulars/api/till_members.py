"""Members at the till: found by what they show or say, and enrolled there."""

import time
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from regulars import checkout
from regulars.api.calling import Calling, resource
from regulars.api.checkout import CHANGES, SERVE, SERVING
from regulars.api.programmes import check_may
from regulars.api.shapes import CustomerId, In, Line, Out
from regulars.api.write_ids import IdempotencyKey, WriteId, chosen_key
from regulars.kernel import NotFound, public_id

router = resource("checkout")
WAIT_S, STEP_S = 3.0, 0.1  # How long a till waits for somebody new to be known.
Kind = Annotated[
    Line, Query(description="What they show or say: card, phone, email, user_id.", examples=["phone"])
]
Shown = Annotated[Line, Query(description="As it was shown or said.", examples=["+49 30 1234567"])]


class TillMember(Out):
    """What a till needs to know, and no more."""

    customer: CustomerId
    name: str | None
    member: bool
    tier: str | None = Field(examples=["Silver"])
    benefits: tuple[str, ...] = ()
    currency: str | None = Field(examples=["points"])
    spendable: int = Field(description="Points that could be spent now, in the smallest unit.")


class Enrolling(In):
    id: WriteId = None
    programme: Line = Field(examples=["points_club"])
    kind: Line = Field(examples=["phone"])
    value: Line = Field(examples=["+49 30 1234567"])
    name: Line | None = None
    traits: dict[str, Any] = Field(default={}, description="What else is told of them.")


class Enrolled(Out):
    state: str = Field(
        description="member, or waiting: not known yet; send the same again.", examples=["member"]
    )
    joined: bool = Field(description="By this call.")
    customer: CustomerId | None


@router.get("/checkout/members", openapi_extra=SERVING)
def find_member(call: Calling, programme: Annotated[Line, Query()], kind: Kind, value: Shown) -> TillMember:
    """Who somebody is by a card, a phone number or an address, with tier and spendable points."""
    with call.enter() as entered:
        check_may(entered, SERVE, programme)
        shown = checkout.Shown(kind=kind, value=value)
        found = checkout.find_at_till(entered.tx, programme, shown, at=entered.at)
        if found is None:
            raise NotFound(f"Nobody is known by this {kind}; enrol them, or try another identifier.")
        member = found.member
        return TillMember(
            customer=public_id("cus", found.customer_id),
            name=found.name,
            member=member is not None,
            tier=member.tier.name if member and member.tier else None,
            currency=member.currency if member else None,
            spendable=member.spendable if member else 0,
        )


@router.post("/checkout/members", openapi_extra=SERVING, responses=CHANGES)
def enrol(call: Calling, body: Enrolling, idempotency_key: IdempotencyKey = None) -> Enrolled:
    """Make somebody at the till a member, known or not; who is new is known within seconds."""
    key = chosen_key(idempotency_key, body.id)
    shown = checkout.Shown(kind=body.kind, value=body.value)
    with call.enter() as entered:
        check_may(entered, SERVE, body.programme)
        enrolled = checkout.enrol_at_till(entered.tx, body.programme, shown, key=key, at=entered.at)
        if enrolled.state == "waiting":
            traits: dict[str, Any] = body.traits | ({"name": body.name} if body.name else {})
            checkout.announce(entered.tx, shown, traits, key=key, at=entered.at)
    waited = time.monotonic() + WAIT_S
    while enrolled.state == "waiting" and time.monotonic() < waited:
        time.sleep(STEP_S)
        with call.enter() as entered:
            enrolled = checkout.enrol_at_till(entered.tx, body.programme, shown, key=key, at=entered.at)
    return Enrolled(
        state=enrolled.state,
        joined=enrolled.joined,
        customer=public_id("cus", enrolled.customer_id) if enrolled.customer_id is not None else None,
    )

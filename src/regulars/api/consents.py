"""What a customer agrees to and asks of us, with proof and by hand; addresses nothing is sent to."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from regulars import customers, messaging, segments
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    CustomerInPath,
    Flag,
    In,
    Instant,
    Limit,
    Line,
    Note,
    Out,
    Page,
)
from regulars.kernel import public_id

router = resource("consents")
About = Literal["consent", "profiling", "processing", "pause", "frequency"]
ABOUT = (
    "consent by channel and topic; profiling, processing, pause and frequency are what else people ask of "
    "us, and `given: false` is the objection, the restriction, the pause, or less often."
)


class Consent(Out):
    about: About = Field(description=ABOUT)
    channel: str = Field(description="Of consent; tracking is the counting of opens.", examples=["email"])
    topic: str = Field(description="Empty: the channel as a whole.", examples=["news"])
    given: bool
    source: str = Field(examples=["shop"])
    via: str | None = Field(
        description="page, server, form, import, hand, preferences; null for what was told long ago."
    )
    purpose: str | None
    basis: str | None
    wording: str | None = Field(description="What the customer was shown.")
    wording_version: str | None
    ip: str | None = Field(description="From which it was said; only for who may see contacts.")
    asked_at: Instant | None = Field(description="When a double opt-in was asked for; null of a single one.")
    asked_ip: str | None
    until: Instant | None = Field(description="Of a pause.")
    every_days: int | None = Field(description="Of less often: days between two messages.")
    recorded_by: str | None = Field(description="Who wrote it down by hand.")
    reason: str | None
    believed: bool = Field(description="Whether it counts.")
    doubt: str | None = Field(description="Why it does not: page, unconfirmed.")
    occurred_at: Instant


class Standing(Out):
    profiling_objected: bool
    restricted: bool = Field(description="The data may be kept, and nothing done with it.")
    tracking_allowed: bool = Field(description="Whether opens and clicks may be counted.")
    paused: bool
    paused_until: Instant | None = Field(description="Null of a pause: until they say otherwise.")
    less_often: bool
    every_days: int | None


class Said(In):
    about: About = "consent"
    given: bool
    channel: Line = Field(default="", examples=["email"])
    topic: Line = Field(default="", examples=["news"])
    wording: Note | None = None
    wording_version: Line | None = None
    purpose: Line | None = None
    basis: Line | None = None
    until: Instant | None = None
    every_days: int | None = None


class Recorded(In):
    statements: tuple[Said, ...] = Field(min_length=1, max_length=50, strict=False)
    reason: Note = Field(description="How they said it.", examples=["On the phone today"])


class Accepted(Out):
    message_ids: tuple[str, ...] = Field(description="Of the events that tell it; they count within seconds.")


class Address(In):
    address: Line = Field(min_length=3, examples=["ada@example.com"])
    channel: Literal["email"] = "email"


class AddressWhy(Address):
    reason: Note = Field(min_length=1, examples=["Asked by letter"])


class Suppression(Out):
    suppressed: bool
    reason: str | None = Field(
        description="complaint, bounce, by_hand, erased and the like.", examples=["by_hand"]
    )
    since: Instant | None


SuppressedBy = Literal["returned", "hand", "import", "person", "erasure", "other"]


class SuppressedAddress(Out):
    address: str | None = Field(
        description="As a customer has it now; null where nobody has, and of somebody erased.",
        examples=["ada@example.com"],
    )
    customer: CustomerId | None
    hash: str = Field(description="Keyed: the same address has the same here, and another elsewhere.")
    channel: str = Field(examples=["email"])
    reason: str = Field(examples=["hard_bounce"])
    source: str = Field(description="Where the reason comes from.", examples=["returned"])
    since: Instant


@router.get("/customers/{customer}/consents", openapi_extra=permission("customers.view"))
def list_consents(
    call: Calling,
    customer: CustomerInPath,
    history: Annotated[
        Flag | None,
        Query(description="Every word on all of it, the latest first, also what does not count."),
    ] = None,
) -> Page[Consent]:
    """What a customer consents to now, or everything they said of it."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        ask = customers.consent_history if history else customers.consents
        said = ask(entered.tx, found.customer_id)
        return Page(items=tuple(_shown(entered, one) for one in said))


def _shown(entered: Entered, one: customers.Consent) -> Consent:
    shown = Consent.model_validate(one)
    return shown if entered.sees_contacts else shown.model_copy(update={"ip": None, "asked_ip": None})


@router.post(
    "/customers/{customer}/consents", status_code=202, openapi_extra=permission("consents.record", by="room")
)
def record_consents(call: Calling, customer: CustomerInPath, body: Recorded) -> Accepted:
    """Record what a customer said to somebody here; audited. Restricting takes `consents.restrict`."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        said = [customers.Statement(**dict(one)) for one in body.statements]
        told = customers.record_by_hand(
            entered.tx, entered.actor, found.customer_id, said, reason=body.reason, at=entered.at
        )
        return Accepted(message_ids=tuple(told))


@router.get("/customers/{customer}/standing", openapi_extra=permission("customers.view"))
def standing(call: Calling, customer: CustomerInPath) -> Standing:
    """Where a customer stands: objection to profiling, restriction, tracking, pause, less often."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        stands = customers.standing(entered.tx, found.customer_id)
        paused = stands.paused(entered.at)
        return Standing(
            profiling_objected=stands.profiling_objected,
            restricted=stands.restricted,
            tracking_allowed=stands.tracking_allowed,
            paused=paused,
            paused_until=stands.pause_until if paused else None,
            less_often=stands.less_often,
            every_days=stands.every_days,
        )


@router.get("/suppressions", openapi_extra=permission("customers.view"))
def list_suppressions(
    call: Calling,
    reason: Annotated[Line | None, Query(examples=["hard_bounce"])] = None,
    source: SuppressedBy | None = None,
    channel: Annotated[Line | None, Query(examples=["email"])] = None,
    since: Instant | None = None,
    until: Instant | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[SuppressedAddress]:
    """The addresses nothing is sent to, the latest first; masked for who may not see contacts."""
    asked = messaging.SuppressedFilter(
        reason=reason, source=source, channel=channel, since=since, until=until
    )
    with call.enter() as entered:
        found = messaging.suppressed_page(entered.tx, asked, cursor=cursor, limit=limit)
        return Page(items=tuple(_listed(entered, one) for one in found.items), next=found.next)


def _listed(entered: Entered, one: messaging.Suppressed) -> SuppressedAddress:
    return SuppressedAddress(
        address=one.address if entered.sees_contacts else customers.masked_text(one.address),
        customer=None if one.customer_id is None else public_id("cus", one.customer_id),
        hash=one.hash,
        channel=one.channel,
        reason=one.reason,
        source=one.source,
        since=one.suppressed_at,
    )


@router.post("/suppressions", openapi_extra=permission("consents.record"))
def suppress(call: Calling, body: AddressWhy) -> Suppression:
    """Send nothing to an address any more, whoever has it; kept as a keyed hash, it outlives erasure."""
    with call.enter() as entered:
        messaging.suppress_by_hand(
            entered.tx, entered.actor, body.address, channel=body.channel, reason=body.reason, at=entered.at
        )
        _reach_changed(entered, body)
        return _suppression(entered, body)


@router.post("/suppressions/check", openapi_extra=permission("customers.view"))
def check_suppression(call: Calling, body: Address) -> Suppression:
    """Whether anything is sent to an address; asked by POST, so that the address stands in no log."""
    with call.enter() as entered:
        return _suppression(entered, body)


@router.post("/suppressions/lift", openapi_extra=permission("suppressions.lift"))
def lift_suppression(call: Calling, body: AddressWhy) -> Suppression:
    """Let messages go to an address again; consent is asked as before."""
    with call.enter() as entered:
        messaging.lift_suppression(
            entered.tx, entered.actor, body.address, channel=body.channel, reason=body.reason, at=entered.at
        )
        _reach_changed(entered, body)
        return _suppression(entered, body)


def _reach_changed(entered: Entered, body: Address) -> None:
    """No event tells segments of it: a log that named the address would outlive what the list keeps."""
    segments.look_at(entered.tx, messaging.whose(entered.tx, body.address, channel=body.channel))


def _suppression(entered: Entered, body: Address) -> Suppression:
    found = messaging.suppression_of(entered.tx, body.address, channel=body.channel)
    return Suppression(
        suppressed=found is not None,
        reason=found.reason if found else None,
        since=found.suppressed_at if found else None,
    )

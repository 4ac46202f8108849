"""Campaigns: what was launched, what came of it, each message, and why somebody did not get it."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from regulars import campaigns, customers, messaging
from regulars.api.calling import Calling, permission, resource
from regulars.api.customers import customer_of
from regulars.api.experiments import Comparison
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    CustomerInPath,
    Instant,
    Limit,
    Number,
    Out,
    Page,
    id_in_path,
    id_type,
    key_in_path,
)
from regulars.kernel import public_id

router = resource("campaigns")
CampaignInPath = Annotated[str, key_in_path("the campaign", "win_back")]
SendState = Literal["queued", "claimed", "skipped", "held_out", "handed", "sent", "failed", "in_doubt"]


class Run(Out):
    """A launched version."""

    key: str = Field(examples=["win_back"])
    version: int
    segment: str
    goal: str = Field(examples=["Order Completed"])
    window_days: int
    held_out_share: int = Field(description="Of 10,000.", examples=[1000])
    state: str = Field(examples=["sent"])
    starts_at: Instant
    started_at: Instant | None
    launched_at: Instant
    launched_by: str
    measured_at: Instant | None


class Replay(Out):
    """The same outcomes divided by many salts: how often the rule finds what is not there."""

    salts: int
    rejections: int
    customers: int
    rejection_rate: float = Field(ge=0, le=1)


class Results(Out):
    run: Run
    title: str
    purpose: str
    did: str = Field(examples=["bought within 28 days"])
    audience: int
    treated: int
    held_out: int
    sent: int
    held_out_moments: int
    waiting: int
    failed: int
    in_doubt: int
    skipped: dict[str, int] = Field(description="People by the code of the reason.")
    converted_so_far: dict[str, int] = Field(description="By arm.")
    matures_at: Instant | None
    comparison: Comparison
    replay: Replay | None


class Send(Out):
    id: Annotated[str, id_type("msg", "a message")]
    customer: CustomerId
    arm: str = Field(examples=["treated"])
    state: str = Field(examples=["sent"])
    reason: str | None
    answer: str = Field(description="What became of it, in a sentence.", examples=["It was sent."])
    decided_at: Instant | None
    resolved_at: Instant | None


class SentMessage(Send):
    source_kind: str = Field(examples=["campaign"])
    source_key: str
    source_version: int
    channel: str = Field(examples=["recording"])
    template_key: str
    template_version: int
    address: str | None = Field(description="Masked for who may not see contacts.")
    headers: dict[str, str] | None
    subject: str | None
    preheader: str | None
    text_body: str | None
    html_body: str | None


class Answer(Out):
    answer: str = Field(examples=["Not sent: no address is known."])


@router.get("/campaigns", openapi_extra=permission("figures.view"))
def list_campaigns(call: Calling) -> Page[Run]:
    """Every launched version, the latest first; drafts are among the definitions."""
    with call.enter() as entered:
        return Page(items=tuple(Run.model_validate(one) for one in campaigns.runs(entered.tx)))


@router.get("/campaigns/{campaign}", openapi_extra=permission("figures.view"))
def results(
    call: Calling,
    campaign: CampaignInPath,
    version: Annotated[Number | None, Query(ge=1, le=2**31 - 1, description="Else the newest.")] = None,
) -> Results:
    """What a campaign did, by assignment."""
    with call.enter() as entered:
        return Results.model_validate(campaigns.results(entered.tx, campaign, entered.at, version))


@router.get("/campaigns/{campaign}/messages", openapi_extra=permission("customers.view"))
def messages(
    call: Calling,
    campaign: CampaignInPath,
    state: SendState | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Send]:
    """What became of each person of the newest version."""
    with call.enter() as entered:
        found = campaigns.messages(entered.tx, campaign, cursor, state=state, limit=limit)
        return Page(items=tuple(Send(**_send(one)) for one in found.items), next=found.next)


def _send(send: messaging.Send | messaging.SentMessage) -> dict[str, Any]:
    return {
        "id": public_id("msg", send.send_id),
        "customer": public_id("cus", send.customer_id),
        "arm": send.arm,
        "state": send.state,
        "reason": send.reason,
        "answer": messaging.answer(send.state, send.reason, send.detail),
        "decided_at": send.decided_at,
        "resolved_at": send.resolved_at,
    }


@router.get("/messages/{message}", openapi_extra=permission("customers.view"))
def message(call: Calling, message: Annotated[str, id_in_path("msg", "the message")]) -> SentMessage:
    """One message as it left, or would have left."""
    with call.enter() as entered:
        found = campaigns.message(entered.tx, message)
        shown = found if entered.sees_contacts else _masked(found)
        rest = {
            name: getattr(shown, name) for name in SentMessage.model_fields.keys() - Send.model_fields.keys()
        }
        return SentMessage(**_send(shown), **rest)


def _masked(found: messaging.SentMessage) -> messaging.SentMessage:
    headers = found.headers
    if headers is not None and "To" in headers:
        headers = headers | {"To": customers.masked_text(headers["To"]) or ""}
    return replace(found, address=customers.masked_text(found.address), headers=headers)


@router.get("/campaigns/{campaign}/why-not/{customer}", openapi_extra=permission("customers.view"))
def why_not(call: Calling, campaign: CampaignInPath, customer: CustomerInPath) -> Answer:
    """Why this person did or did not get the message, in a sentence."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        return Answer(answer=campaigns.why_not(entered.tx, campaign, found.customer_id))

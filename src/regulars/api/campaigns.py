"""Campaigns: what was launched, what came of it, each message, and why somebody did not get it."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from regulars import campaigns, definitions, messaging
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.customers import customer_of
from regulars.api.experiments import Comparison
from regulars.api.messages import Retrying
from regulars.api.problems import documented
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    CustomerInPath,
    In,
    Instant,
    Limit,
    Note,
    Number,
    Out,
    Page,
    id_type,
    key_in_path,
)
from regulars.kernel import NotFound, public_id

router = resource("campaigns")
STEERED = documented(400, 409, 413, 415)
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


def _send(send: messaging.Send) -> dict[str, Any]:
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


@router.get("/campaigns/{campaign}/why-not/{customer}", openapi_extra=permission("customers.view"))
def why_not(call: Calling, campaign: CampaignInPath, customer: CustomerInPath) -> Answer:
    """Why this person did or did not get the message, in a sentence."""
    with call.enter() as entered:
        found = customer_of(entered, customer)
        return Answer(answer=campaigns.why_not(entered.tx, campaign, found.customer_id))


class Why(In):
    reason: Note = Field(default="", description="It is kept.", examples=["A wrong price"])


class Retried(Out):
    messages: int = Field(description="How many wait again.", examples=[12])


class Again(In):
    who: Literal["everybody", "not_clicked", "not_opened", "not_converted"] = Field(
        default="everybody",
        description="everybody: a copy of the whole. Else those who got it and did not answer, by people and "
        "not by machines; who was held out stays held out.",
    )


class Drafted(Out):
    key: str = Field(description="Of the new draft.", examples=["win-back-copy"])
    title: str
    sentence: str = Field(examples=["Send “we-miss-you” by recorded e-mail to everybody in “lapsed” …"])


class Domain(Out):
    domain: str = Field(examples=["example.com"])
    people: int
    sent: int
    waiting: int
    failed: int
    bounced: int


class Monitor(Out):
    """A send while it runs; people of both arms."""

    state: str = Field(examples=["sending"])
    paused: bool
    paused_why: str
    queued: int
    held: dict[str, int] = Field(description="Of the queued, who waits for their hour, by reason.")
    next_at: Instant | None
    sent: int
    held_out: int
    skipped: dict[str, int] = Field(description="By the code of the reason.")
    failed: int
    in_doubt: int
    delivered: int
    deferred: int
    bounced_hard: int
    bounced_soft: int
    complained: int
    unsubscribed: int
    per_second: float
    seconds_left: float | None
    domains: tuple[Domain, ...]


class Conflict(Out):
    campaign: str = Field(examples=["spring-sale"])
    state: str = Field(examples=["scheduled"])
    starts_at: Instant
    people: int = Field(description="Who are in both.")


class Sheet(Out):
    """What launching the draft would do."""

    sentence: str
    audience: int
    get_it: int
    later: dict[str, int] = Field(description="Of those, who get it when their hour comes, by reason.")
    held_out: int
    skipped: dict[str, int] = Field(description="By the code of the reason.")
    global_holdout: int
    detectable: float | None = Field(description="The smallest rise that is found 8 times in 10, as a share.")
    given_up: float | None = Field(description="What the holdout costs, in people who would have done it.")
    cost: str = Field(examples=["nothing: the recording channel sends nothing"])
    warnings: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    sample: tuple[CustomerId, ...] = Field(description="Some of those who get it.")


@router.get("/campaigns/{campaign}/sheet", openapi_extra=permission("definitions.view"))
def sheet(call: Calling, campaign: CampaignInPath) -> Sheet:
    """Exactly what launching the draft would do, by the checks that the sending itself makes."""
    with call.enter() as entered:
        found = definitions.draft(entered.tx, campaigns.CAMPAIGN, campaign)
        if found is None:
            raise NotFound(f"The campaign {campaign!r} has no draft. Change it, or duplicate it.")
        salt = campaigns.salt_of(campaign, found.version)
        made = campaigns.sheet(entered.tx, found, entered.at, salt=salt)
        late = found.body.send_at is not None and found.body.send_at <= entered.at
        return Sheet(
            sentence=campaigns.sentence(found.body),
            audience=made.audience,
            get_it=made.get_it,
            later=made.later,
            held_out=made.held_out,
            skipped=made.skipped,
            global_holdout=made.elsewhere,
            detectable=made.detectable,
            given_up=made.given_up,
            cost=campaigns.price(found.body, made),
            warnings=tuple(campaigns.warnings(found.body, made, late=late)),
            conflicts=tuple(
                Conflict(campaign=one.key, state=one.state, starts_at=one.starts_at, people=one.people)
                for one in made.conflicts
            ),
            sample=tuple(public_id("cus", one) for one in made.sample),
        )


@router.get("/campaigns/{campaign}/monitor", openapi_extra=permission("figures.view"))
def get_monitor(call: Calling, campaign: CampaignInPath) -> Monitor:
    """How the newest launched version stands at this moment."""
    with call.enter() as entered:
        return _monitor(entered, campaign)


def _monitor(entered: Entered, campaign: str) -> Monitor:
    found = campaigns.monitor(entered.tx, campaign, entered.at)
    plain = {name: getattr(found, name) for name in Monitor.model_fields if hasattr(found, name)}
    reached = campaigns.domains(entered.tx, campaign)
    return Monitor(
        **plain,
        state=found.run.state,
        paused_why=campaigns.stop_of(entered.tx, found.run) or found.run.paused_why,
        domains=tuple(Domain.model_validate(one) for one in reached),
    )


@router.post("/campaigns/{campaign}/pause", openapi_extra=permission("campaigns.stop"), responses=STEERED)
def pause(call: Calling, campaign: CampaignInPath, body: Why) -> Monitor:
    """Let nothing more leave until it is resumed."""
    return _steered(call, campaign, body, campaigns.pause)


@router.post("/campaigns/{campaign}/resume", openapi_extra=permission("campaigns.launch"), responses=STEERED)
def resume(call: Calling, campaign: CampaignInPath, body: Why) -> Monitor:
    """Let it go on where it was; nobody gets it twice."""
    return _steered(call, campaign, body, campaigns.resume)


@router.post("/campaigns/{campaign}/cancel", openapi_extra=permission("campaigns.stop"), responses=STEERED)
def cancel(call: Calling, campaign: CampaignInPath, body: Why) -> Monitor:
    """Stop it for good: what waits is not sent any more; what has left is measured as before."""
    return _steered(call, campaign, body, campaigns.cancel)


def _steered(call: Calling, campaign: str, body: Why, steer: Callable[..., campaigns.Run]) -> Monitor:
    with call.enter() as entered:
        steer(entered.tx, entered.actor, campaign, why=body.reason, at=entered.at)
        return _monitor(entered, campaign)


@router.post("/campaigns/{campaign}/retry", openapi_extra=permission("campaigns.launch"), responses=STEERED)
def retry_failed(call: Calling, campaign: CampaignInPath, body: Retrying) -> Retried:
    """Let every failed message of the newest launched version go again.

    A provider refused them, so they certainly did not leave; each is checked as if for the first time. One
    in doubt is not among them: it has to be settled first. Asked again, it finds none.
    """
    with call.enter() as entered:
        number = campaigns.retry_all(entered.tx, entered.actor, campaign, reason=body.reason, at=entered.at)
        return Retried(messages=number)


@router.post(
    "/campaigns/{campaign}/again",
    status_code=201,
    openapi_extra=permission("campaigns.draft"),
    responses=STEERED,
)
def again(call: Calling, campaign: CampaignInPath, body: Again) -> Drafted:
    """A new draft: a copy, or a message to those who got this one and did not answer."""
    with call.enter() as entered:
        made, ending = campaigns.once_more(entered.tx, campaign, body.who)
        found = campaigns.draft_again(entered.tx, entered.actor, campaign, made, ending=ending, at=entered.at)
        return Drafted(key=found.key, title=found.title, sentence=campaigns.sentence(found.body))

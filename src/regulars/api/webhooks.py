"""Webhooks that tell other systems what happened: how they stand, what was sent, and sending it again."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field

from regulars import customers, definitions, webhooks
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import Cursor, In, Instant, Limit, Line, Out, Page, id_type, key_in_path
from regulars.kernel import Finding, Invalid, parse_public_id, public_id
from regulars.webhooks import WEBHOOK, DeliveryFilter, Sent

router = resource("webhooks")
KeyInPath = Annotated[str, key_in_path("the webhook", "points-to-the-shop")]
DeliveryInPath = Annotated[
    str, Path(description="Public id of the delivery.", max_length=40, examples=["whd_z8"])
]
HEALTH = timedelta(days=1)


class Webhook(Out):
    key: str = Field(examples=["points-to-the-shop"])
    title: str
    sentence: str = Field(description="Whom it tells of what.")
    url: str
    events: tuple[str, ...]
    live: bool
    state: str = Field(
        description="active, paused by a person, or stopped by itself: failing or gone.", examples=["active"]
    )
    reason: str = Field(description="Why it is paused or stopped, or why nothing can be sent.")
    secrets: int = Field(description="How many sign now; two during a rotation.")
    waiting: int
    failed: int = Field(description="Deliveries that were tried for the last time and are kept.")
    delivered_last_day: int = Field(description="Attempts that arrived in the last 24 hours.")
    failed_last_day: int = Field(description="Attempts that did not.")


class Delivery(Out):
    id: Annotated[str, id_type("whd", "the delivery")]
    webhook_id: str = Field(
        description="The header webhook-id: the same at each attempt.",
        examples=["msg_0123456789abcdef0123456789abcdef"],
    )
    event: str = Field(examples=["Order Completed"])
    event_id: str | None = Field(description="Public id of the event; null for a test.", examples=["evt_z8"])
    state: str = Field(
        description="waiting, sending, delivered, failed or cancelled.", examples=["delivered"]
    )
    attempts: int
    made_at: Instant
    due_at: Instant = Field(description="When it is or was due.")
    ended_at: Instant | None
    status: int | None = Field(description="Of the last answer.", examples=[200])
    reason: str = Field(description="Why the last attempt did not succeed.")


class Attempt(Out):
    number: int
    started_at: Instant
    duration_ms: int
    outcome: str = Field(description="delivered, failed, or unknown: the worker ended meanwhile.")
    status: int | None
    answer: str = Field(description="Its first KB; contact details as the caller may see them.")
    reason: str


class WholeDelivery(Delivery):
    body: str | None = Field(
        description="What was sent, contact details as the caller may see them; null once erased."
    )
    attempts_made: tuple[Attempt, ...] = Field(description="The latest first.")


class Replaying(In):
    """One of: what failed in a time, or everything since a position or an instant."""

    failed_since: Instant | None = Field(default=None, description="Written down from then on.")
    failed_until: Instant | None = Field(default=None, description="And before then; left out: now.")
    since: Instant | None = Field(default=None, description="Everything booked from then on.")
    position: Annotated[int, Field(ge=1, le=2**62)] | None = Field(
        default=None, description="Everything from this position of the log on."
    )


class Replayed(Out):
    deliveries: int | None = Field(description="How many go out again; null where a job finds out.")
    job: str | None = Field(description="Public id of the job that writes them down.", examples=["job_z8"])


class Secret(Out):
    secret: str = Field(description="Shown this once.", examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    valid: int = Field(description="How many sign now; the former one does for a day.")


class Trial(Out):
    delivered: bool
    url: str
    headers: dict[str, str]
    body: str
    status: int | None
    answer: str
    reason: str
    duration_ms: int


def _shown(entered: Entered, keys: tuple[str, ...]) -> tuple[Webhook, ...]:
    tx = entered.tx
    standing, counts = webhooks.endpoints(tx), webhooks.open_counts(tx)
    tallies = webhooks.tallies(tx, entered.now - HEALTH)
    return tuple(_one(entered, key, standing.get(key), counts.get(key), tallies.get(key)) for key in keys)


def _one(
    entered: Entered,
    key: str,
    stands: webhooks.Endpoint | None,
    count: webhooks.OpenCount | None,
    tally: webhooks.Tally | None,
) -> Webhook:
    live = definitions.live(entered.tx, WEBHOOK, key)
    body = (live or definitions.get(entered.tx, WEBHOOK, key)).body
    state = stands.state if stands else "active"
    return Webhook(
        key=key,
        title=body.title,
        sentence=WEBHOOK.sentence(body),
        url=body.url,
        events=tuple(body.events),
        live=live is not None,
        state="paused" if body.paused and state == "active" else state,
        reason=(stands.reason or stands.problem) if stands else "",
        secrets=len(webhooks.secrets_told(entered.tx, key, entered.now)),
        waiting=count.waiting if count else 0,
        failed=count.failed if count else 0,
        delivered_last_day=tally.delivered if tally else 0,
        failed_last_day=tally.failed if tally else 0,
    )


def _delivery(one: Sent) -> dict[str, Any]:
    return {
        "id": one.public_id,
        "webhook_id": one.message_id,
        "event": one.event,
        "event_id": public_id("evt", one.position) if one.position else None,
        "state": one.state,
        "attempts": one.attempts,
        "made_at": one.made_at,
        "due_at": one.due_at,
        "ended_at": one.ended_at,
        "status": one.status,
        "reason": one.reason,
    }


@router.get("/webhooks", openapi_extra=permission("sources.view"))
def list_webhooks(call: Calling) -> Page[Webhook]:
    """Every webhook and how it stands. They are made and changed as definitions."""
    with call.enter() as entered:
        heads = definitions.heads(entered.tx, kind=WEBHOOK.name, limit=200)
        return Page(items=_shown(entered, tuple(head.key for head in heads.items)))


@router.get("/webhooks/{key}", openapi_extra=permission("sources.view"))
def get_webhook(call: Calling, key: KeyInPath) -> Webhook:
    """One webhook and how it stands."""
    with call.enter() as entered:
        return _shown(entered, (key,))[0]


@router.get("/webhooks/{key}/deliveries", openapi_extra=permission("sources.view"))
def deliveries(
    call: Calling,
    key: KeyInPath,
    state: Annotated[Line | None, Query(description="Only those in this state.")] = None,
    event: Annotated[Line | None, Query(description="Only of this event.")] = None,
    webhook_id: Annotated[Line | None, Query(description="The one with this webhook-id.")] = None,
    since: Annotated[Instant | None, Query(description="Written down from then on.")] = None,
    until: Annotated[Instant | None, Query(description="Written down before then.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Delivery]:
    """The log, the latest first, without what was sent."""
    chosen = DeliveryFilter(state=state, event=event, message_id=webhook_id, since=since, until=until)
    with call.enter() as entered:
        definitions.get(entered.tx, WEBHOOK, key)
        found = webhooks.deliveries(entered.tx, key, chosen, cursor=cursor, limit=limit)
        return Page(items=tuple(Delivery(**_delivery(one)) for one in found.items), next=found.next)


@router.get("/webhooks/{key}/deliveries/{delivery_id}", openapi_extra=permission("sources.view"))
def get_delivery(call: Calling, key: KeyInPath, delivery_id: DeliveryInPath) -> WholeDelivery:
    """One delivery: what was sent, and each attempt."""
    with call.enter() as entered:
        one = webhooks.delivery(entered.tx, key, parse_public_id("whd", delivery_id))
        made = webhooks.attempts(entered.tx, one.delivery_id)

        def safe(text: str) -> str:
            return text if entered.sees_contacts else customers.conceal_payload(text)

        return WholeDelivery(
            **_delivery(one),
            body=None if one.body is None else safe(one.body),
            attempts_made=tuple(
                Attempt(
                    number=a.number,
                    started_at=a.started_at,
                    duration_ms=a.duration_ms,
                    outcome=a.outcome,
                    status=a.status,
                    answer=safe(a.answer),
                    reason=a.reason,
                )
                for a in made
            ),
        )


@router.post(
    "/webhooks/{key}/deliveries/{delivery_id}/replay",
    openapi_extra=permission("sources.publish", by="room"),
)
def replay_one(call: Calling, key: KeyInPath, delivery_id: DeliveryInPath) -> Replayed:
    """Send one again, with the same webhook-id; also one that arrived."""
    with call.enter() as entered:
        number = parse_public_id("whd", delivery_id)
        webhooks.replay(entered.tx, entered.actor, key, number, at=entered.at, now=entered.now)
        return Replayed(deliveries=1, job=None)


@router.post(
    "/webhooks/{key}/replay",
    openapi_extra=permission("sources.publish", by="room"),
    responses=documented(400, 413, 415),
)
def replay(call: Calling, key: KeyInPath, body: Replaying) -> Replayed:
    """Send again what failed in a time, or everything since a point; each with its webhook-id."""
    given = [body.failed_since, body.since, body.position]
    if sum(one is not None for one in given) != 1:
        told = "Give one of failed_since, since and position."
        raise Invalid(told, [Finding(path="failed_since", code="webhooks.replay", message=told)])
    with call.enter() as entered:
        if body.failed_since is not None:
            return Replayed(deliveries=_failed(entered, key, body.failed_since, body.failed_until), job=None)
        asked = webhooks.replay_since(
            entered.tx, entered.actor, key,
            position=body.position, since=body.since, at=entered.at, now=entered.now,
        )  # fmt: skip
        return Replayed(deliveries=None, job=public_id("job", asked.job_id))


def _failed(entered: Entered, key: str, since: datetime, until: datetime | None) -> int:
    return webhooks.replay_failed(
        entered.tx,
        entered.actor,
        key,
        since=since,
        until=until or entered.now,
        at=entered.at,
        now=entered.now,
    )


@router.post("/webhooks/{key}/pause", openapi_extra=permission("sources.publish", by="room"))
def pause(call: Calling, key: KeyInPath) -> Webhook:
    """Hold it: what happens is written down and waits."""
    with call.enter() as entered:
        webhooks.pause(entered.tx, entered.actor, key, at=entered.at, now=entered.now)
        return _shown(entered, (key,))[0]


@router.post("/webhooks/{key}/resume", openapi_extra=permission("sources.publish", by="room"))
def resume(call: Calling, key: KeyInPath) -> Webhook:
    """Let it go on, also after it was stopped by itself; what waits goes out."""
    with call.enter() as entered:
        webhooks.resume(entered.tx, entered.actor, key, at=entered.at, now=entered.now)
        return _shown(entered, (key,))[0]


@router.post("/webhooks/{key}/secret", openapi_extra=permission("sources.secrets"))
def new_secret(call: Calling, key: KeyInPath) -> Secret:
    """Make a secret and give it this once; the former one signs beside it for 24 hours more."""
    with call.enter() as entered:
        made = webhooks.new_secret(
            entered.tx, entered.actor, entered.app.vault, key, at=entered.at, now=entered.now
        )
        return Secret(secret=made, valid=len(webhooks.secrets_told(entered.tx, key, entered.now)))


@router.post("/webhooks/{key}/test", openapi_extra=permission("sources.publish", by="room"))
def send_test(call: Calling, key: KeyInPath) -> Trial:
    """Send a test of no customer at once, and give what was sent and answered."""
    with call.enter() as entered:
        pass  # Nothing is open while the other side is asked.
    app = entered.app
    found = webhooks.send_test(
        app.database, entered.actor, key, way=app.way, vault=app.vault, at=entered.at, now=entered.now
    )
    return Trial(
        delivered=found.outcome.delivered,
        url=found.url,
        headers=found.headers,
        body=found.body,
        status=found.outcome.status,
        answer=found.outcome.answer,
        reason=found.outcome.reason,
        duration_ms=found.outcome.duration_ms,
    )

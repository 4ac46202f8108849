"""What came in and could not be used: reading it, mending it, trying it again, giving it up."""

from typing import Annotated, Any, cast

from pydantic import Field

from regulars import customers, events, jobs, log
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.jobs import Job
from regulars.api.jobs import shown as job_shown
from regulars.api.problems import documented
from regulars.api.shapes import Cursor, In, Instant, Limit, Line, Out, Page, Text, id_in_path, id_type
from regulars.kernel import Finding, Invalid, decode_cursor, encode_cursor, parse_public_id, public_id
from regulars.wiring import REPLAY, REPLAYS

router = resource("rejects")
RejectInPath = Annotated[str, id_in_path("rej", "the reject")]
PAYLOAD_SIGNS_MAX = 1_048_576


class Reject(Out):
    id: Annotated[str, id_type("rej", "a reject")]
    rejected_at: Instant
    last_at: Instant = Field(description="When the very same was refused for the last time.")
    times: int
    source: str = Field(examples=["web-shop"])
    stage: str = Field(description="Where it was refused.", examples=["intake"])
    code: str = Field(description="For machines.", examples=["events.no_name"])
    path: str = Field(description="Of the place in the payload; empty for the whole.", examples=["event"])
    reason: str = Field(examples=["The event's name is missing; give it as a text."])
    message_id: str | None
    state: log.RejectState = Field(examples=["open"])
    settled_at: Instant | None
    settled_by: str | None
    attempts: int = Field(description="Replays that failed.")


class WholeReject(Reject):
    payload: str | None = Field(
        description="As it came, contact details masked for who may not see them; null once erased.",
        examples=['{"type": "track", "userId": "customer-1"}'],
    )


class RejectCount(Out):
    source: str = Field(examples=["web-shop"])
    stage: str = Field(examples=["intake"])
    code: str = Field(examples=["events.no_name"])
    rejects: int
    times: int = Field(description="With repeats of the very same.")
    first_at: Instant
    last_at: Instant


class Mend(In):
    payload: Annotated[Text, Field(max_length=PAYLOAD_SIGNS_MAX)] = Field(
        description="The corrected message as JSON text; what is left masked stays as it came.",
        examples=['{"type": "track", "event": "Order Completed", "userId": "customer-1"}'],
    )


class Chosen(In):
    source: Line | None = None
    stage: Line | None = None
    code: Line | None = Field(default=None, examples=["events.no_name"])


@router.get("/rejects", openapi_extra=permission("sources.view"))
def list_rejects(
    call: Calling,
    state: log.RejectState | None = None,
    source: Line | None = None,
    stage: Line | None = None,
    code: Line | None = None,
    since: Instant | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Reject]:
    """The newest first, without payloads."""
    chosen = log.RejectFilter(state=state, source=source, stage=stage, code=code, since=since)
    before = cast("tuple[int]", decode_cursor(cursor, (int,)))[0] if cursor else None
    with call.enter() as entered:
        found = log.rejects(entered.tx, chosen, before=before, limit=limit + 1)
        more = encode_cursor(found[limit - 1].reject_id) if len(found) > limit else None
        return Page(items=tuple(Reject(**_plain(one, entered)) for one in found[:limit]), next=more)


@router.get("/rejects/counts", openapi_extra=permission("sources.view"))
def count_rejects(call: Calling, state: log.RejectState | None = None) -> Page[RejectCount]:
    """How many of each reason, the most frequent first."""
    with call.enter() as entered:
        found = log.reject_counts(entered.tx, log.RejectFilter(state=state))
        return Page(items=tuple(RejectCount.model_validate(one) for one in found))


@router.get("/rejects/{reject}", openapi_extra=permission("sources.view"))
def get_reject(call: Calling, reject: RejectInPath) -> WholeReject:
    """One with what came in."""
    with call.enter() as entered:
        return _whole(entered, parse_public_id("rej", reject))


@router.post(
    "/rejects/{reject}/mend", openapi_extra=permission("rejects.mend"), responses=documented(409, 422)
)
def mend(call: Calling, reject: RejectInPath, body: Mend) -> WholeReject:
    """Use the corrected message, under its message id; 422 says why it is still refused."""
    with call.enter() as entered:
        number = parse_public_id("rej", reject)
        held = log.reject(entered.tx, number)
        text = body.payload
        if not entered.sees_contacts:
            text = customers.reveal(text, held.payload or "")
        outcome = events.mend(entered.tx, number, REPLAYS, by=entered.actor.name, text=text)
        _refuse(outcome)
        entered.record("rejects.mend", kind="reject", subject=reject)
        return _whole(entered, number)


@router.post("/rejects/{reject}/replay", openapi_extra=permission("rejects.mend"), responses=documented(409))
def replay(call: Calling, reject: RejectInPath) -> WholeReject:
    """Try it again as it came; it stays open, with the newest reason, when it is still refused."""
    with call.enter() as entered:
        number = parse_public_id("rej", reject)
        outcome = events.mend(entered.tx, number, REPLAYS, by=entered.actor.name)
        entered.record("rejects.replay", kind="reject", subject=reject, after={"state": outcome.state})
        return _whole(entered, number)


@router.post("/rejects/{reject}/dismiss", openapi_extra=permission("rejects.mend"), responses=documented(409))
def dismiss(call: Calling, reject: RejectInPath) -> WholeReject:
    """Give it up: it will not be used."""
    with call.enter() as entered:
        number = parse_public_id("rej", reject)
        events.dismiss_reject(entered.tx, number, by=entered.actor.name)
        entered.record("rejects.dismiss", kind="reject", subject=reject)
        return _whole(entered, number)


@router.post("/reject-replays", status_code=202, openapi_extra=permission("rejects.mend"))
def replay_many(call: Calling, body: Chosen) -> Job:
    """Try everything again that is open now and fits, as a job."""
    with call.enter() as entered:
        told = body.model_dump()
        args = {**told, "by": entered.actor.name}
        number = jobs.defer(entered.tx, REPLAY, args, requested_by=entered.actor.name)
        entered.record("rejects.replay", kind="reject", subject="many", after=told)
        return job_shown(jobs.get(entered.tx, number))


def _refuse(outcome: events.Outcome) -> None:
    if outcome.refusal is not None:
        refusal = outcome.refusal
        found = Finding(path=refusal.path, code=refusal.code, message=refusal.reason)
        raise Invalid(f"It is still refused: {refusal.reason}", [found])


def _whole(entered: Entered, number: int) -> WholeReject:
    found = log.reject(entered.tx, number)
    payload = found.payload
    if payload is not None and not entered.sees_contacts:
        payload = customers.conceal_payload(payload)
    return WholeReject(**_plain(found, entered), payload=payload)


def _plain(found: log.Reject, entered: Entered) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(found, name) for name in Reject.model_fields if name != "id"}
    if not entered.sees_contacts:
        told["reason"] = customers.conceal_text(found.reason)
    return told | {"id": public_id("rej", found.reject_id)}

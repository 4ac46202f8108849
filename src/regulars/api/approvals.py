"""Approvals: what waits for a decision, deciding it, and doing what was approved."""

from typing import Annotated, Any, Literal

from pydantic import Field

from regulars import access, definitions, exports, loyalty, privacy
from regulars.api.calling import Call, Calling, Entered, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import Cursor, In, Instant, Limit, Line, Note, Out, Page, id_in_path, id_type
from regulars.kernel import parse_public_id, public_id

router = resource("approvals")
ApprovalInPath = Annotated[str, id_in_path("apr", "the request")]
State = Literal["pending", "approved", "declined", "expired", "withdrawn", "done"]


class Approval(Out):
    id: Annotated[str, id_type("apr", "a request for approval")]
    action: str = Field(examples=["campaigns.launch"])
    deed: str = Field(examples=["launch campaigns"])
    subject_kind: str = Field(examples=["campaign"])
    subject: str = Field(examples=["win_back"])
    version: int | None
    scope: str | None
    amount: int | None
    requested_by: Annotated[str, id_type("per", "who asks")]
    requested_by_name: str
    reason: str
    preview: dict[str, Any] = Field(description="What will happen.")
    needed_level: int
    needed_words: str = Field(examples=["somebody who enables"])
    people_needed: int
    approvals: int = Field(description="How many have said yes so far.")
    state: State
    requested_at: Instant
    expires_at: Instant
    closed_at: Instant | None
    done_at: Instant | None


class Verdict(Out):
    person: Annotated[str, id_type("per", "who decided")]
    person_name: str
    authority: Annotated[str, id_type("per", "whom they stood in for, or themselves")]
    authority_name: str
    approve: bool
    comment: str
    at: Instant


class ApprovalWithVerdicts(Approval):
    verdicts: tuple[Verdict, ...]


class Deciding(In):
    verdict: Literal["approve", "decline"]
    comment: Note = ""


class Decided(Out):
    approval: Approval
    outcome: str | None = Field(description="The sentence of what was done; null while nothing was.")


@router.get("/approvals", openapi_extra=permission("approvals.view"))
def list_approvals(
    call: Calling,
    state: State | None = None,
    subject_kind: Line | None = None,
    subject: Line | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Approval]:
    """The newest first."""
    with call.enter() as entered:
        found = access.approvals(
            entered.tx, state=state, subject_kind=subject_kind, subject=subject, cursor=cursor, limit=limit
        )
        return Page(items=tuple(Approval(**_plain(one)) for one in found.items), next=found.next)


@router.get("/approvals/waiting-for-me", openapi_extra=permission("approvals.view"))
def waiting(call: Calling) -> Page[Approval]:
    """What you can decide, in person or as a deputy; a key decides nothing."""
    with call.enter() as entered:
        found = access.pending_for(entered.tx, entered.actor, entered.at)
        return Page(items=tuple(Approval(**_plain(one)) for one in found))


@router.get("/approvals/{approval}", openapi_extra=permission("approvals.view"))
def get_approval(call: Calling, approval: ApprovalInPath) -> ApprovalWithVerdicts:
    """One request with what was decided about it."""
    with call.enter() as entered:
        approval_id = parse_public_id("apr", approval)
        found = access.approval(entered.tx, approval_id)
        given = access.verdicts(entered.tx, approval_id)
        return ApprovalWithVerdicts(**_plain(found), verdicts=tuple(_verdict(one) for one in given))


@router.post(
    "/approvals/{approval}/decision",
    openapi_extra=permission("approvals.decide", by="room"),
    responses=documented(400, 409, 413, 415),
)
def decide(call: Calling, approval: ApprovalInPath, body: Deciding) -> Decided:
    """Say yes or no, as a person; what is approved is done at once.

    The decision stands even if doing it is refused then: `carry-out` tries again.
    """
    approval_id = parse_public_id("apr", approval)
    with call.enter() as entered:
        found = access.decide(
            entered.tx, entered.actor, approval_id, body.verdict, comment=body.comment, at=entered.at
        )
        done_at_once = found.subject_kind in entered.app.kinds or found.subject_kind == loyalty.RUNNING
        to_do = found.state == "approved" and (done_at_once or _is_points(found))
    if to_do:
        return _carried_out(call, approval_id)
    return Decided(approval=Approval(**_plain(found)), outcome=None)


@router.post(
    "/approvals/{approval}/carry-out",
    openapi_extra=permission("approvals.decide"),
    responses=documented(400, 409),
)
def carry_out(call: Calling, approval: ApprovalInPath) -> Decided:
    """Do what was approved, once; again gives the same answer."""
    return _carried_out(call, parse_public_id("apr", approval))


@router.post(
    "/approvals/{approval}/withdraw",
    openapi_extra=permission("approvals.view"),
    responses=documented(400, 409),
)
def withdraw(call: Calling, approval: ApprovalInPath) -> Approval:
    """Take back one's own request."""
    with call.enter() as entered:
        approval_id = parse_public_id("apr", approval)
        return Approval(**_plain(access.withdraw(entered.tx, entered.actor, approval_id, at=entered.at)))


def _carried_out(call: Call, approval_id: int) -> Decided:
    with call.enter() as entered:
        outcome = _do(entered, access.approval(entered.tx, approval_id))
        return Decided(approval=Approval(**_plain(access.approval(entered.tx, approval_id))), outcome=outcome)


def _do(entered: Entered, asked: access.Approval) -> str:
    tx, actor, at = entered.tx, entered.actor, entered.at
    if _is_points(asked):
        loyalty.carry_out_by_hand(tx, actor, asked.approval_id, at=at).confirmed()
        return str(asked.preview.get("headline") or asked.deed)
    if asked.subject_kind == loyalty.RUNNING:
        return loyalty.carry_out_run(tx, actor, asked.approval_id, at=at)
    if asked.subject_kind == exports.SUBJECT:
        return exports.carry_out(tx, entered.app.exports, actor, asked.approval_id, at=at)
    if asked.subject_kind == privacy.ERASURE_SUBJECT:
        privacy.carry_out_erasure(tx, actor, asked.approval_id, at=at)
        return "Approved: the customer is being erased."
    return definitions.carry_out(tx, entered.app.kinds, asked.approval_id, actor, at=at)


def _is_points(asked: access.Approval) -> bool:
    return asked.subject_kind == "member" and "deed" in asked.preview


def _plain(found: access.Approval) -> dict[str, Any]:
    names = Approval.model_fields.keys() - {"id", "requested_by"}
    return {
        "id": found.public_id,
        "requested_by": public_id("per", found.requested_by),
        **{name: getattr(found, name) for name in names},
    }


def _verdict(given: access.Verdict) -> Verdict:
    return Verdict(
        person=public_id("per", given.person_id),
        person_name=given.person_name,
        authority=public_id("per", given.authority_id),
        authority_name=given.authority_name,
        approve=given.approve,
        comment=given.comment,
        at=given.at,
    )

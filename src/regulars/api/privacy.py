"""What customers may ask of their data: copies, erasures; how long it is kept; the record of processing."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import FileResponse, HTMLResponse, Response
from pydantic import Field

from regulars import access, privacy
from regulars.api.calling import Calling, permission, resource
from regulars.api.customers import customer_of
from regulars.api.problems import documented
from regulars.api.shapes import (
    Cursor,
    CustomerId,
    CustomerInPath,
    Day,
    In,
    Instant,
    Note,
    Out,
    Page,
    id_in_path,
    id_type,
)
from regulars.db import Tx
from regulars.kernel import parse_public_id

router = resource("privacy")
LOOKS = permission("privacy.view")
COPIES = permission("privacy.copy", by="room")
ERASES = permission("privacy.erase", by="room")
ErasureInPath = Annotated[str, id_in_path("ers", "the erasure")]
CopyInPath = Annotated[str, id_in_path("cpy", "the copy")]


class Erasure(Out):
    id: Annotated[str, id_type("ers", "an erasure")]
    customer: CustomerId
    state: Literal["asked", "waiting", "erasing", "erased", "done", "declined"] = Field(
        description="`erased`: no query finds the person; `done`: and no byte holds them."
    )
    asked_by: Literal["customer", "staff", "restore", "retention"]
    requested_by: str = Field(examples=["Pia Park"])
    decided_by: str | None
    approval: str | None = Field(description="The request for approval, where one was needed.")
    asked_at: Instant
    starts_at: Instant = Field(description="After the period of grace.")
    erased_at: Instant | None
    ended_at: Instant | None
    counts: dict[str, int] = Field(
        description="The certificate: how many rows by place, without any value, of all erased together."
    )
    people: int = Field(description="How many were erased together.")
    taken_out: tuple[str, ...] = Field(
        default=(),
        examples=[["segment/only-ada"]],
        description="Live definitions that will no longer name them (before), or no longer do (after).",
    )
    stay: tuple[str, ...] = Field(
        default=(),
        examples=[["template/welcome"]],
        description="Live definitions that name what they are known by and stay as they are, for it may be "
        "the company's own. A list does not look for those of erasures that have not begun.",
    )
    problem: str | None = Field(description="What hindered the last run; it is tried again.")


class NewErasure(In):
    customer: CustomerId
    reason: Note = Field(default="", description="For whoever decides, where you may only ask.")
    grace_days: int = Field(default=0, ge=0, le=30)


class Declined(In):
    reason: Note = Field(min_length=1, examples=["An invoice is still open."])


class Copy(Out):
    id: Annotated[str, id_type("cpy", "a copy")]
    customer: CustomerId
    state: Literal["waiting", "ready", "failed", "expired"]
    asked_by: Literal["customer", "staff"]
    requested_by: str
    asked_at: Instant
    ready_at: Instant | None
    expires_at: Instant | None
    bytes: int | None
    rows: int | None
    downloads: int
    problem: str | None


class Kept(Out):
    kind: str = Field(examples=["messages"])
    title: str
    days: int | None = Field(description="Null: for ever.")
    rows: int
    oldest: Instant | None
    next_at: Instant | None = Field(description="When the oldest goes.")
    due: int = Field(description="Past its period: goes tonight.")
    soon: int = Field(description="Goes within 30 days.")


class Removed(Out):
    kind: str
    day: Day
    removed: int


class Retention(Out):
    title: str
    kinds: tuple[Kept, ...]
    removed: tuple[Removed, ...] = Field(description="Of the last 90 days.")


class Processing(Out):
    workspace: str
    made_at: Instant
    activities: tuple[dict[str, str], ...]
    comes_from: tuple[dict[str, str], ...]
    leaves_to: tuple[dict[str, str], ...]
    sensitive: tuple[str, ...]
    measures: tuple[str, ...]


def _erasure(one: privacy.Erasure, concerned: privacy.Concerned | None = None) -> Erasure:
    return Erasure.model_validate(
        {
            **{name: getattr(one, name) for name in Erasure.model_fields if hasattr(one, name)},
            "id": one.public_id,
            "customer": one.customer,
            "approval": one.approval,
            "counts": one.rows,
            "taken_out": concerned.taken_out if concerned else one.taken_out,
            "stay": concerned.stay if concerned else one.stayed,
        }
    )


def _whole(tx: Tx, one: privacy.Erasure) -> Erasure:
    return _erasure(one, privacy.concerned(tx, one))


def _copy(one: privacy.Copy) -> Copy:
    told = {name: getattr(one, name) for name in Copy.model_fields if hasattr(one, name)}
    return Copy.model_validate({**told, "id": one.public_id, "customer": one.customer})


@router.get("/privacy/erasures", openapi_extra=LOOKS)
def list_erasures(
    call: Calling,
    state: Annotated[
        Literal["open", "asked", "waiting", "erasing", "erased", "done", "declined"] | None, Query()
    ] = None,
    cursor: Cursor = None,
) -> Page[Erasure]:
    """Who is to be or was erased, the latest first."""
    with call.enter() as entered:
        found = privacy.erasures(entered.tx, state=state, cursor=cursor)
        return Page(items=tuple(_erasure(one) for one in found.items), next=found.next)


@router.get("/privacy/erasures/{erasure}", openapi_extra=LOOKS)
def get_erasure(call: Calling, erasure: ErasureInPath) -> Erasure:
    """One erasure with its certificate."""
    with call.enter() as entered:
        return _whole(entered.tx, privacy.erasure(entered.tx, parse_public_id("ers", erasure)))


@router.post("/privacy/erasures", status_code=202, openapi_extra=ERASES, responses=documented(409))
def erase(call: Calling, body: NewErasure) -> Erasure:
    """Have a customer erased, for good; where you may only ask for it, it waits for an approval."""
    with call.enter() as entered:
        number = customer_of(entered, body.customer).customer_id
        decision = access.allows(entered.actor, privacy.ERASE, solo=access.solo(entered.tx))
        if decision.outcome == "request":
            wish = privacy.request_erasure(
                entered.tx, entered.actor, number, reason=body.reason, at=entered.at
            )
            return _whole(entered.tx, privacy.erasure(entered.tx, parse_public_id("ers", wish.subject)))
        grace = timedelta(days=body.grace_days)
        begun = privacy.start_erasure(entered.tx, entered.actor, number, at=entered.at, grace=grace)
        return _whole(entered.tx, begun)


@router.post("/privacy/erasures/{erasure}/decline", openapi_extra=ERASES, responses=documented(409))
def decline(call: Calling, erasure: ErasureInPath, body: Declined) -> Erasure:
    """Say no to what a customer or a colleague asked for, with the reason the law asks for."""
    with call.enter() as entered:
        number = parse_public_id("ers", erasure)
        return _erasure(
            privacy.decline_erasure(entered.tx, entered.actor, number, reason=body.reason, at=entered.at)
        )


@router.post("/customers/{customer}/copies", status_code=202, openapi_extra=COPIES)
def make_copy(call: Calling, customer: CustomerInPath) -> Copy:
    """Have a copy made of everything that is held of a customer."""
    with call.enter() as entered:
        number = customer_of(entered, customer).customer_id
        return _copy(privacy.order_copy(entered.tx, entered.actor, number, at=entered.at))


@router.get("/privacy/copies", openapi_extra=LOOKS)
def list_copies(call: Calling, cursor: Cursor = None) -> Page[Copy]:
    """Copies that were asked for, the latest first."""
    with call.enter() as entered:
        found = privacy.copies(entered.tx, cursor=cursor)
        return Page(items=tuple(_copy(one) for one in found.items), next=found.next)


@router.get("/privacy/copies/{copy}", openapi_extra=LOOKS)
def get_copy(call: Calling, copy: CopyInPath) -> Copy:
    """One copy, and whether it is ready."""
    with call.enter() as entered:
        return _copy(privacy.copy_of(entered.tx, parse_public_id("cpy", copy)))


ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The archive.",
    }
}


@router.get(
    "/privacy/copies/{copy}/file",
    openapi_extra=COPIES,
    response_class=FileResponse,
    responses=ZIP,
)
def fetch_copy(call: Calling, copy: CopyInPath) -> FileResponse:
    """The archive, until it expires; who fetches it stands in the audit."""
    with call.enter() as entered:
        number, folder = parse_public_id("cpy", copy), entered.app.settings.copies
        found, path = privacy.fetch_copy(entered.tx, entered.actor, number, folder=folder, at=entered.at)
    return FileResponse(path, media_type="application/zip", filename=found.file_name)


@router.get("/privacy/retention", openapi_extra=LOOKS)
def get_retention(call: Calling) -> Retention:
    """How long each kind of data is kept, how much there is, and what goes next."""
    with call.enter() as entered:
        policy = privacy.retention(entered.tx)
        standing = privacy.standings(entered.tx, policy.days, entered.at)
        taken = privacy.removed_since(entered.tx, (entered.at - timedelta(days=90)).date())
        return Retention(
            title=policy.title,
            kinds=tuple(Kept.model_validate(one, from_attributes=True) for one in standing),
            removed=tuple(Removed.model_validate(one, from_attributes=True) for one in taken),
        )


@router.get(
    "/privacy/record",
    openapi_extra=LOOKS,
    response_model=Processing,
    responses={
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": "area,kind,table\n"},
                "text/html": {"schema": {"type": "string"}, "example": "<!doctype html>"},
            }
        }
    },
)
def get_record(
    call: Calling, form: Annotated[Literal["json", "csv", "html"], Query(alias="format")] = "json"
) -> Processing | Response:
    """The record of processing as the configuration has it now."""
    with call.enter() as entered:
        found = entered.app.processing(entered.tx)
    if form == "csv":
        return Response(privacy.as_csv(found), media_type="text/csv; charset=utf-8")
    if form == "html":
        return HTMLResponse(privacy.as_html(found))
    return Processing.model_validate(privacy.as_plain(found))

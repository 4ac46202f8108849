"""Lists: who stands on them, changed by number, identifier or file; snapshots; who came and went."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Depends, Query, Response
from pydantic import Field
from starlette.requests import Request

from regulars import access, definitions, segments
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.definitions import Requested, requested
from regulars.api.problems import documented
from regulars.api.segments import SegmentInPath
from regulars.api.shapes import Cursor, CustomerId, In, Instant, Limit, Line, Out, Page
from regulars.kernel import Finding, Invalid, NotFound, public_id

router = resource("segments")
CHANGES = permission("segments.publish", by="room")
AT_ONCE = 10_000
FILE = {
    "requestBody": {
        "required": True,
        "description": "CSV in UTF-8: an identifier on each line, or a column whose heading names its kind.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Entry(Out):
    customer: CustomerId
    added_at: Instant
    added_by: str
    until: Instant | None = Field(description="When the time on the list is over; null: never.")


class Movement(Out):
    customer: CustomerId
    at: Instant
    way: Literal["entered", "left"]


class Chosen(In):
    """Customers by public id, or by identifiers of one kind."""

    customers: tuple[Line, ...] = Field(default=(), max_length=AT_ONCE, strict=False, examples=[["cus_1"]])
    kind: Line = Field(default="", description="Of the identifiers, such as email.", examples=["email"])
    identifiers: tuple[Line, ...] = Field(
        default=(), max_length=AT_ONCE, strict=False, examples=[["ada@example.com"]]
    )


class Added(Chosen):
    until: Instant | None = Field(default=None, description="When their time on the list is over.")


class ListChange(Out):
    changed: int = Field(description="Put there, or taken off.")
    unchanged: int = Field(description="Stood there already, or did not.")
    unknown: tuple[str, ...] = Field(description="Of nobody, as they were given.")
    ambiguous: tuple[str, ...] = Field(description="Of several people.")
    members: int = Field(description="How many stand on it now.")


class SnapshotAsked(In):
    into: Line = Field(description="Key of the new list.", min_length=1, examples=["loyal-in-march"])
    name: Line = Field(min_length=1, examples=["Loyal in March"])
    of: Instant | None = Field(default=None, description="Who was in then, as it was seen; null: now.")


class Snapshot(Out):
    key: str = Field(examples=["loyal-in-march"])
    members: int


@router.get("/segments/{segment}/movements", openapi_extra=permission("customers.view"))
def movements(
    call: Calling,
    segment: SegmentInPath,
    way: Annotated[Literal["entered", "left"] | None, Query(description="Null: both.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Movement]:
    """Who came and who went, the latest first."""
    with call.enter() as entered:
        page = segments.movements(entered.tx, segment, cursor, limit, way)
        return Page(
            items=tuple(
                Movement(customer=public_id("cus", one.customer_id), at=one.at, way=one.way)
                for one in page.items
            ),
            next=page.next,
        )


@router.get("/segments/{segment}/entries", openapi_extra=permission("customers.view"))
def entries(call: Calling, segment: SegmentInPath, cursor: Cursor = None, limit: Limit = 50) -> Page[Entry]:
    """Who stands on a list."""
    with call.enter() as entered:
        page = segments.list_entries(entered.tx, segment, cursor, limit)
        return Page(
            items=tuple(
                Entry(
                    customer=public_id("cus", one.customer_id),
                    added_at=one.added_at,
                    added_by=one.added_by,
                    until=one.until,
                )
                for one in page.items
            ),
            next=page.next,
        )


@router.post("/segments/{segment}/entries", openapi_extra=CHANGES, responses=documented(400, 413, 415))
def add(call: Calling, segment: SegmentInPath, body: Added) -> ListChange:
    """Put customers on a list; membership follows at once. Twice is once."""
    with call.enter() as entered:
        _admit(entered, segment)
        kind, given = _given(body)
    return _changed(call, entered, segment, kind, given, until=body.until)


@router.post(
    "/segments/{segment}/entries/removed", openapi_extra=CHANGES, responses=documented(400, 413, 415)
)
def remove(call: Calling, segment: SegmentInPath, body: Chosen) -> ListChange:
    """Take customers off a list; membership follows at once."""
    with call.enter() as entered:
        _admit(entered, segment)
        kind, given = _given(body)
    return _changed(call, entered, segment, kind, given, taken=True)


async def sent(request: Request) -> bytes:
    return await request.body()


@router.post("/segments/{segment}/file", openapi_extra=CHANGES | FILE, responses=documented(400, 413))
def upload(
    call: Calling,
    segment: SegmentInPath,
    file: Annotated[bytes, Depends(sent)],
    kind: Annotated[Line | None, Query(description="Of the identifiers; null: as the heading says.")] = None,
) -> ListChange:
    """Put everybody of a file on a list, in portions; if it breaks off, the same file does the rest."""
    with call.enter() as entered:
        _admit(entered, segment)
    read = segments.read_list(file, kind)
    return _changed(call, entered, segment, read.kind, read.identifiers)


@router.post(
    "/segments/{segment}/snapshot",
    status_code=201,
    openapi_extra=CHANGES,
    responses={
        202: {"model": Requested, "description": "Asked for approval."},
        **documented(400, 409, 413, 415),
    },
)
def snapshot(
    call: Calling, segment: SegmentInPath, body: SnapshotAsked, response: Response
) -> Snapshot | Requested:
    """Make a list of who is in a segment now, or was at an instant."""
    with call.enter() as entered:
        done = segments.snapshot(
            entered.tx, entered.actor, segment, body.into, body.name, at=entered.at, of=body.of
        )
        if isinstance(done.published, definitions.Requested):
            response.status_code = 202
            return requested(done.published)
        return Snapshot(key=done.key, members=done.members)


def _changed(
    call: Calling,
    entered: Entered,
    key: str,
    kind: str,
    given: Sequence[str],
    *,
    until: Instant | None = None,
    taken: bool = False,
) -> ListChange:
    """After the transaction in which it was asked who may."""
    done = segments.change_list(
        call.app.database, entered.actor, key, kind, given, now=call.app.now, until=until, taken=taken
    )
    return ListChange.model_validate(done)


def _admit(entered: Entered, key: str) -> None:
    """Whoever changes a live list changes what is published under it."""
    found = definitions.live(entered.tx, segments.SEGMENT, key)
    access.require(entered.actor, "segments.publish", scope=found.scope if found else None)
    if found is None:
        raise NotFound(f"There is no live list {key[:120]!r}; publish it first.")


def _given(body: Chosen) -> tuple[str, Sequence[str]]:
    """The kind of what was given, and what."""
    if bool(body.customers) != bool(body.identifiers) and bool(body.kind) == bool(body.identifiers):
        return (body.kind, body.identifiers) if body.identifiers else ("customer_id", body.customers)
    message = "Give either customers by their public ids, or identifiers and their kind, such as email."
    raise Invalid(message, [Finding(path="identifiers", code="segments.chosen", message=message)])

"""The audit: who did what, when and to what."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from regulars import audit
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.shapes import Cursor, Instant, Limit, Line, Out, Page, Scope, id_in_path, id_type
from regulars.kernel import parse_public_id, public_id

router = resource("audit")


class Entry(Out):
    id: Annotated[str, id_type("aud", "an entry")]
    at: Instant = Field(description="By the business clock.")
    recorded_at: Instant = Field(description="By the wall clock.")
    person: str | None = Field(description="Null: the product itself.", examples=["per_3"])
    person_name: str | None
    via: str = Field(examples=["console"])
    action: str = Field(examples=["definitions.published"])
    subject_kind: str = Field(examples=["segment"])
    subject: str = Field(examples=["lapsed"])
    scope: str | None
    before: dict[str, Any] | None = Field(description="Null too for who may not see values.")
    after: dict[str, Any] | None
    reason: str | None
    values_shown: bool = Field(description="Whether you may see the values.")
    erased_at: Instant | None


@router.get("/audit", openapi_extra=permission("audit.view"))
def list_entries(
    call: Calling,
    person: Annotated[Line | None, Query(description="Public id of who did it.", examples=["per_3"])] = None,
    action: Line | None = None,
    subject_kind: Line | None = None,
    subject: Line | None = None,
    scope: Scope | None = None,
    since: Annotated[Instant | None, Query(description="Counts.")] = None,
    until: Annotated[Instant | None, Query(description="Does not count.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Entry]:
    """The newest first."""
    with call.enter() as entered:
        found = audit.entries(
            entered.tx,
            actor_id=parse_public_id("per", person) if person is not None else None,
            action=action,
            subject_kind=subject_kind,
            subject=subject,
            scope=scope,
            since=since,
            until=until,
            cursor=cursor,
            limit=limit,
        )
        return Page(items=tuple(_entry(entered, one) for one in found.items), next=found.next)


@router.get("/audit/{entry}", openapi_extra=permission("audit.view"))
def get_entry(call: Calling, entry: Annotated[str, id_in_path("aud", "the entry")]) -> Entry:
    """One entry."""
    with call.enter() as entered:
        return _entry(entered, audit.entry(entered.tx, parse_public_id("aud", entry)))


def _entry(entered: Entered, found: audit.Entry) -> Entry:
    seen = entered.may("audit.view_values")
    return Entry(
        id=found.public_id,
        at=found.at,
        recorded_at=found.recorded_at,
        person=public_id("per", found.actor_id) if found.actor_id is not None else None,
        person_name=found.actor_name,
        via=found.via,
        action=found.action,
        subject_kind=found.subject_kind,
        subject=found.subject,
        scope=found.scope,
        before=found.before if seen else None,
        after=found.after if seen else None,
        reason=found.reason if seen else None,
        values_shown=seen,
        erased_at=found.erased_at,
    )

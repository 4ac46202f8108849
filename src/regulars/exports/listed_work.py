"""Listings of what came in and of the work itself: events, rejects, imports, approvals, jobs, the audit."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from regulars import access, analytics, audit, connections, customers, definitions, forms, imports, jobs
from regulars.db import Tx, value
from regulars.exports.listed_columns import (
    CUSTOMER,
    PERIOD,
    SOURCE,
    USER_ID,
    flags,
    free,
    instants,
    integers,
    texts,
    values,
)
from regulars.exports.listed_statements import SQL
from regulars.exports.listing import BATCH, Asked, Column, Filter, Listing, fetched, streamed, walked
from regulars.kernel import Page, parse_public_id

PAGE = 200
OLDER_AT_ONCE = 5_000
STATE = Filter(name="state", title="State")


def events_top(tx: Tx) -> int:
    return int(value(tx, SQL.events_top))


def event_rows(tx: Tx, asked: Asked) -> Iterator[Sequence[Sequence[Any]]]:
    """What has left PostgreSQL comes from the lake, the rest as of this view of the database."""
    after, whole_from = asked.after or 0, analytics.whole_from(tx)
    if asked.lake is not None and after < whole_from - 1:
        yield from _older_events(asked.lake, asked, after, whole_from)
        after = whole_from - 1
    yield from fetched(tx, SQL.events, {**asked.filter, "after": after, "to": asked.to})


def _older_events(
    lake: analytics.Lake, asked: Asked, after: int, before: int
) -> Iterator[Sequence[Sequence[Any]]]:
    while after < before - 1:
        page = analytics.raw_events(lake, after=after, limit=OLDER_AT_ONCE)
        yield [_event_line(one) for one in page.events if one.position < before and _fits(one, asked)]
        after = page.to


def _fits(one: analytics.RawEvent, asked: Asked) -> bool:
    by = asked.filter
    return (
        (by["source"] is None or one.source == by["source"])
        and (by["name"] is None or one.name == by["name"])
        and (by["since"] is None or one.occurred_at >= by["since"])
        and (by["until"] is None or one.occurred_at < by["until"])
        and (asked.to is None or one.position <= asked.to)
    )


def _event_line(one: analytics.RawEvent) -> Sequence[Any]:
    properties = msgspec.json.decode(one.properties)
    context = msgspec.json.decode(one.context) if one.context else None
    return (
        one.position, one.booked_at, one.occurred_at, one.received_at, one.message_id, one.source, one.type,
        one.name, one.person_id, one.user_id, one.anonymous_id, properties, context, one.history,
    )  # fmt: skip


def bad_rows(tx: Tx, asked: Asked) -> Iterator[Sequence[Sequence[Any]]]:
    found = imports.all_bad_rows(tx, parse_public_id(imports.PREFIX, asked.filter["import"]))
    while part := list(islice(found, BATCH)):
        yield [(one.row, one.state, one.words, dict(one.cells)) for one in part]


def approvals(tx: Tx, asked: Asked, cursor: str | None) -> Page[access.Approval]:
    return access.approvals(tx, state=asked.filter["state"], cursor=cursor, limit=PAGE)


def approval_line(one: access.Approval) -> Sequence[Any]:
    return (
        one.public_id, one.action, one.subject_kind, one.subject, one.version, one.scope,
        one.requested_by_name, one.reason, one.state, one.needed_level, one.people_needed, one.approvals,
        one.requested_at, one.expires_at, one.closed_at, one.done_at,
    )  # fmt: skip


def job_page(tx: Tx, _asked: Asked, cursor: str | None) -> Page[jobs.Job]:
    return jobs.jobs(tx, cursor=cursor, limit=PAGE)


def job_line(one: jobs.Job) -> Sequence[Any]:
    return (
        one.public_id, one.name, one.state, one.attempt, one.done, one.total, one.unit, one.message,
        one.requested_by, one.requested_at, one.started_at, one.finished_at, one.error,
    )  # fmt: skip


def audit_page(tx: Tx, asked: Asked, cursor: str | None) -> Page[audit.Entry]:
    by = asked.filter
    return audit.entries(
        tx, action=by["action"], subject_kind=by["kind"], since=by["since"], until=by["until"], cursor=cursor,
        limit=PAGE,
    )  # fmt: skip


def audit_line(one: audit.Entry) -> Sequence[Any]:
    return (
        one.public_id, one.at, one.recorded_at, one.actor_name, one.via, one.action, one.subject_kind,
        one.subject, one.scope,
    )  # fmt: skip


def definition_page(tx: Tx, asked: Asked, cursor: str | None) -> Page[definitions.Head]:
    return definitions.heads(tx, kind=asked.filter["kind"], cursor=cursor, limit=PAGE)


def definition_line(one: definitions.Head) -> Sequence[Any]:
    return (
        one.kind,
        one.key,
        one.title,
        one.live,
        one.draft,
        one.latest,
        one.scope,
        one.author,
        one.changed_at,
    )


def people(tx: Tx, _asked: Asked) -> Iterator[Sequence[Sequence[Any]]]:
    yield [
        (one.public_id, one.name, one.email, one.level, one.function, one.scope, one.active, one.created_at)
        for one in access.people(tx)
    ]


def pickups(tx: Tx, asked: Asked, cursor: str | None) -> Page[connections.Pickup]:
    return connections.pickups(tx, asked.filter["drop"], cursor=cursor, limit=PAGE)


def pickup_line(one: connections.Pickup) -> Sequence[Any]:
    return (
        one.drop_key,
        one.name,
        one.size,
        one.picked_at,
        one.state,
        one.import_ref,
        one.moved,
        one.problem,
    )


def submissions(tx: Tx, asked: Asked, cursor: str | None) -> Page[forms.Submission]:
    return forms.submissions(tx, asked.filter["form"], cursor)


def submission_line(one: forms.Submission) -> Sequence[Any]:
    return (one.id, one.form_key, one.version, one.state, one.answers, one.submitted_at, one.confirmed_at)


EVENTS = Listing(
    name="events",
    title="Events",
    text="What happened, as the log holds it: of a source, a name or a period.",
    permission="sources.view",
    columns=(
        *integers("position"),
        *instants("booked_at", "occurred_at", "received_at"),
        *free("message_id"),
        *texts("source", "type", "name"),
        CUSTOMER,
        USER_ID,
        *free("anonymous_id"),
        Column(name="properties", type="json", conceal=values),
        Column(name="context", type="json", conceal=values),
        *flags("history"),
    ),
    rows=event_rows,
    filters=(SOURCE, Filter(name="name", title="Name"), *PERIOD),
    top=events_top,
)
PLANNED = Listing(
    name="tracking-plan",
    title="What events were seen to hold",
    text="Each property of each event with its types and volume, whether planned or not.",
    permission="sources.view",
    personal=False,
    columns=(
        *texts("source", "name", "property", "json_type"),
        *instants("first_seen", "last_seen"),
        *integers("volume", "unplanned"),
    ),
    rows=streamed(SQL.planned),
    filters=(SOURCE,),
)
REJECTS = Listing(
    name="rejects",
    title="Rejects",
    text="What could not be used, with its reason and place; the payloads are not among it.",
    permission="sources.view",
    personal=False,
    columns=(
        *integers("reject_id"),
        *instants("rejected_at", "last_at"),
        *integers("times"),
        *texts("source", "stage", "code", "path"),
        *free("reason", "message_id"),
        *texts("state"),
        *instants("settled_at"),
    ),
    rows=streamed(SQL.rejects),
    filters=(STATE, SOURCE, Filter(name="code", title="Reason")),
)
IMPORTS = Listing(
    name="imports",
    title="Imports",
    text="Every file that was taken in, and what came of it.",
    permission="customers.import",
    personal=False,
    columns=(
        Column(name="import_id", type="id", prefix="imp"),
        *texts("state", "name", "kind", "what"),
        *integers("rows", "accepted", "bad"),
        *instants("created_at", "finished_at"),
    ),
    rows=streamed(SQL.imports),
)
BAD_ROWS = Listing(
    name="bad-rows",
    title="Bad rows of an import",
    text="The rows that could not be used, with what is wrong and the cells as they came.",
    permission="customers.import",
    columns=(
        *integers("row"),
        *texts("state"),
        *free("reason"),
        Column(name="cells", type="json", conceal=values),
    ),
    rows=bad_rows,
    filters=(Filter(name="import", title="Import", required=True),),
)
SUBMISSIONS = Listing(
    name="form-answers",
    title="Answers to a form",
    text="What customers told in a hosted form.",
    permission="customers.view",
    columns=(
        *texts("submission_id", "form"),
        *integers("version"),
        *texts("state"),
        Column(name="answers", type="json", conceal=values),
        *instants("submitted_at", "confirmed_at"),
    ),
    rows=walked(submissions, submission_line),
    filters=(Filter(name="form", title="Form", required=True),),
)
APPROVALS = Listing(
    name="approvals",
    title="Approvals",
    text="What was asked for, and what became of it.",
    permission="approvals.view",
    personal=False,
    columns=(
        *texts("approval_id", "action", "subject_kind", "subject"),
        *integers("version"),
        *texts("scope", "requested_by"),
        *free("reason"),
        *texts("state"),
        *integers("needed_level", "people_needed", "approvals"),
        *instants("requested_at", "expires_at", "closed_at", "done_at"),
    ),
    rows=walked(approvals, approval_line),
    filters=(STATE,),
)
JOBS = Listing(
    name="jobs",
    title="Jobs",
    text="Background work, the newest first.",
    permission="jobs.view",
    personal=False,
    columns=(
        *texts("job_id", "name", "state"),
        *integers("attempt", "done", "total"),
        *texts("unit"),
        *free("message"),
        *texts("requested_by"),
        *instants("requested_at", "started_at", "finished_at"),
        *free("error"),
    ),
    rows=walked(job_page, job_line),
)
AUDIT = Listing(
    name="audit",
    title="Audit",
    text="Who did what to what and when; the values before and after are not among it.",
    permission="audit.view",
    personal=False,
    columns=(
        *texts("entry_id"),
        *instants("at", "recorded_at"),
        *texts("actor", "via", "action", "subject_kind"),
        *free("subject"),
        *texts("scope"),
    ),
    rows=walked(audit_page, audit_line),
    filters=(Filter(name="action", title="Action"), Filter(name="kind", title="Kind of thing"), *PERIOD),
)
DEFINITIONS = Listing(
    name="definitions",
    title="Definitions",
    text="Everything that is configured: its kind, key and versions.",
    permission="definitions.view",
    personal=False,
    columns=(
        *texts("kind", "key", "title"),
        *integers("live", "draft", "latest"),
        *texts("scope", "author"),
        *instants("changed_at"),
    ),
    rows=walked(definition_page, definition_line),
    filters=(Filter(name="kind", title="Kind"),),
)
PEOPLE = Listing(
    name="people",
    title="People who work here",
    text="Level, function and scope of each.",
    permission="people.view",
    personal=False,
    columns=(
        *texts("person_id", "name"),
        Column(name="email", type="text", conceal=customers.masked_text),
        *integers("level"),
        *texts("function", "scope"),
        *flags("active"),
        *instants("created_at"),
    ),
    rows=people,
)
PICKUPS = Listing(
    name="picked-files",
    title="Files picked up",
    text="What file drops found, and what became of each file.",
    permission="sources.view",
    personal=False,
    columns=(
        *texts("drop", "name"),
        *integers("bytes"),
        *instants("picked_at"),
        *texts("state", "import_id"),
        *flags("moved"),
        *texts("problem"),
    ),
    rows=walked(pickups, pickup_line),
    filters=(Filter(name="drop", title="File drop"),),
)
MADE = Listing(
    name="exports",
    title="Exports",
    text="What was exported, by whom, how many rows and where it went.",
    permission="exports.view",
    personal=False,
    columns=(
        Column(name="export_id", type="id", prefix="exp"),
        *texts("scheduled", "listing", "title", "format"),
        *flags("contacts"),
        *texts("place", "asked_by"),
        *instants("requested_at"),
        *texts("state"),
        *integers("rows", "bytes"),
        *instants("delivered_at", "finished_at"),
    ),
    rows=streamed(SQL.made),
)
OF_WORK = (
    EVENTS,
    PLANNED,
    REJECTS,
    IMPORTS,
    BAD_ROWS,
    SUBMISSIONS,
    APPROVALS,
    JOBS,
    AUDIT,
    DEFINITIONS,
    PEOPLE,
    PICKUPS,
    MADE,
)

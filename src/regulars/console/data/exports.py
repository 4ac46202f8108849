"""Exports: what was exported and is scheduled, asking for one from any list, and fetching its file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.responses import FileResponse, Response

from regulars import access, definitions, exports, jobs
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.formats import count_of, number
from regulars.console.parts import Column, Tab, Tone
from regulars.console.rendering import render
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.exports import FORMATS, MEDIA, PREFIX, TITLES, Filter, Listing, Run, Wanted
from regulars.kernel import Invalid, parse_public_id, public_id

router = pages()
RUN_COLUMNS = (
    Column(title="What"),
    Column(title="State"),
    Column(title="Rows", numeric=True),
    Column(title="Size", numeric=True),
    Column(title="Asked for"),
    Column(title="File", hidden_title=True),
)
PLAN_COLUMNS = (
    Column(title="Scheduled export"),
    Column(title="State"),
    Column(title="Last run"),
    Column(title="Next run"),
)
STATES: dict[str, tuple[str, Tone]] = {
    "asked": ("Waits for approval", "waiting"),
    "waiting": ("Waits for a worker", "live"),
    "running": ("Writing", "live"),
    "resting": ("Tried again later", "waiting"),
    "done": ("Done", "good"),
    "failed": ("Failed", "bad"),
    "cancelled": ("Cancelled", "quiet"),
    "superseded": ("Taken along by a later one", "quiet"),
}
DECIDED: dict[str, tuple[str, Tone]] = {
    "declined": ("Refused", "bad"),
    "expired": ("Nobody decided", "quiet"),
    "withdrawn": ("Taken back", "quiet"),
}
FORMAT_CHOICES = tuple((kind, TITLES[kind]) for kind in FORMATS)
KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    run: Run
    title: str
    word: str
    tone: Tone
    size: str
    file_href: str  # Empty when there is none for this person.


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    key: str
    title: str
    sentence: str
    word: str
    tone: Tone
    last: RunRow | None
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportList:
    tabs: tuple[Tab, ...]
    plans: tuple[Plan, ...]
    plan_columns: tuple[Column, ...]
    rows: tuple[RunRow, ...]
    columns: tuple[Column, ...]
    next_href: str
    first_href: str
    may_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    name: str
    title: str
    text: str
    href: str
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPage:
    listing: Listing | None  # None: one is to be chosen.
    choices: tuple[Choice, ...] = ()
    columns: tuple[tuple[str, str, bool], ...] = ()  # Name, title, and whether it is chosen.
    filter: Mapping[str, str] = field(default_factory=dict)
    format: str = "csv"
    formats: tuple[tuple[str, str], ...] = FORMAT_CHOICES
    by_request: str = ""  # Why it will wait for an approval.
    may_contacts: bool = False
    why_masked: str = ""
    keep_days: int = 0
    may_draft: bool = False
    problem: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    def choices_of(self, by: Filter) -> tuple[tuple[str, str], ...]:
        return (("", "Any"), *((one, one.replace("_", " ")) for one in by.choices))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    row: RunRow
    run: Run
    moving: bool
    note: str
    told: tuple[tuple[str, object], ...]
    approval_href: str
    plan_href: str
    may_steer: bool


@router.get("/data/exports")
def export_list(visit: Visiting, cursor: str = "") -> Response:
    access.require(visit.actor, "exports.view")
    with visit.app.database.transaction() as tx:
        found = exports.runs(tx, cursor=cursor or None)
        rows = tuple(run_row(tx, visit, one) for one in found.items)
        plans = plans_of(tx, visit) if not cursor else ()
    value = ExportList(
        tabs=places.tabs("/data/exports"),
        plans=plans,
        plan_columns=PLAN_COLUMNS,
        rows=rows,
        columns=RUN_COLUMNS,
        next_href=f"/data/exports?cursor={quote(found.next)}" if found.next else "",
        first_href="/data/exports" if cursor else "",
        may_draft=access.allows(visit.actor, "definitions.draft", kind="export").outcome == "yes",
    )
    return page(visit, "data/exports/list.html", value)


def plans_of(tx: Tx, visit: Visit) -> tuple[Plan, ...]:
    kind = visit.app.exports.kind
    known, last = exports.schedules(tx), exports.latest(tx)
    found = []
    for head in definitions.heads(tx, kind=kind.name, limit=200).items:
        body = definitions.get(tx, kind, head.key).body
        due = known.get(head.key)
        ran = last.get(head.key)
        found.append(
            Plan(
                key=head.key,
                title=body.title,
                sentence=kind.sentence(body),
                word="Live" if head.live else "Draft",
                tone="live" if head.live else "quiet",
                last=run_row(tx, visit, ran) if ran else None,
                next_due_at=due.next_due_at if due and head.live else None,
            )
        )
    return tuple(found)


def run_row(tx: Tx, visit: Visit, run: Run) -> RunRow:
    word, tone = STATES[run.state]
    if run.state == "asked" and run.approval_id is not None:
        word, tone = DECIDED.get(access.approval(tx, run.approval_id).state, (word, tone))
    listing = visit.app.exports.listings.get(run.listing)
    fetchable = run.has_file and exports.may_fetch(visit.actor, run, listing)
    return RunRow(
        run=run,
        title=run.title,
        word=word,
        tone=tone,
        size=size_words(run.bytes),
        file_href=f"/data/exports/{run.id}/file" if fetchable else "",
    )


def size_words(size: int | None) -> str:
    """
    >>> size_words(900), size_words(3_500_000)
    ('900 bytes', '3.3 MiB')
    """
    if size is None:
        return "–"
    if size < KIB:
        return f"{size} bytes"
    return f"{size / KIB:,.0f} KiB" if size < KIB * KIB else f"{size / KIB / KIB:,.1f} MiB"


@router.get("/data/exports/new")
def new(visit: Visiting, listing: str = "") -> Response:
    """Ask for a file; the address says of what, narrowed as the list was that one came from."""
    given = visit.request.query_params
    with visit.app.database.transaction() as tx:
        if not listing:
            return page(visit, "data/exports/new.html", AskPage(listing=None, choices=_choices(visit)))
        one = visit.app.exports.listings.get(listing)
        columns = tuple(name for name in given.getlist("column") if name)
        value = _asking(tx, visit, one, dict(given), columns)
    return page(visit, "data/exports/new.html", value)


def _choices(visit: Visit) -> tuple[Choice, ...]:
    found = []
    for one in visit.app.exports.listings:
        decision = access.allows(visit.actor, one.permission)
        why = "" if decision.outcome == "yes" else decision.reason
        href = f"/data/exports/new?listing={one.name}"
        found.append(Choice(name=one.name, title=one.title, text=one.text, href=href, why_not=why))
    return tuple(found)


def _asking(
    tx: Tx, visit: Visit, one: Listing, given: Mapping[str, str], columns: Sequence[str], **more: object
) -> AskPage:
    decision = exports.judged(visit.actor, one)
    if decision.outcome == "no":
        raise access.NotAllowed(decision.reason)
    contacts = access.allows(visit.actor, "customers.view_contacts")
    known = one.known(tx)
    chosen = {name for name in columns if name in known} or set(known)
    return AskPage(
        listing=one,
        columns=tuple((name, column.title, name in chosen) for name, column in known.items()),
        filter={by.name: given.get(by.name, "")[:300] for by in one.filters},
        format=given.get("format", "csv"),
        by_request=decision.reason if decision.outcome == "request" else "",
        may_contacts=contacts.outcome == "yes",
        why_masked="" if contacts.outcome == "yes" else contacts.reason,
        keep_days=visit.app.settings.export_keep_days,
        may_draft=access.allows(visit.actor, "definitions.draft", kind="export").outcome == "yes",
        **more,  # type: ignore[arg-type]
    )


async def filled(request: Request) -> Sequence[tuple[str, str]]:
    """What a form says, with the names that come several times."""
    return [(name, str(value)) for name, value in (await request.form()).multi_items()]


Filled = Annotated[Sequence[tuple[str, str]], Depends(filled)]


@router.post("/data/exports")
def ask(visit: Visiting, form: Filled) -> Response:
    given = dict(form)
    one = visit.app.exports.listings.get(given.get("listing", ""))
    columns = tuple(text for name, text in form if name == "column")
    kind = next((kind for kind in FORMATS if kind == given.get("format")), FORMATS[0])
    wanted = Wanted(
        listing=one.name,
        format=kind,
        columns=columns,
        filter={by.name: given.get(by.name, "").strip() for by in one.filters},
        contacts=bool(given.get("contacts")),
        guard=not given.get("plain"),
    )
    try:
        with visit.app.database.transaction() as tx:
            made = exports.ask(tx, visit.app.exports, visit.actor, wanted)
    except Invalid as wrong:
        errors = {found.path.removeprefix("filter."): found.message for found in wrong.findings}
        with visit.app.database.transaction() as tx:
            value = _asking(tx, visit, one, given, columns, problem=str(wrong), errors=errors)
        return page(visit, "data/exports/new.html", value, status=422)
    said = "It waits for an approval." if made.state == "asked" else "It is being written."
    return redirect(visit, f"/data/exports/{made.id}", said, tone="quiet")


@router.get("/data/exports/{id}")
def one_export(visit: Visiting, id: str) -> Response:  # noqa: A002 - the address says so.
    access.require(visit.actor, "exports.view")
    return page(visit, "data/exports/export.html", _value(visit, id))


@router.get("/data/exports/{id}/stream")
def stream(visit: Visiting, id: str) -> Response:  # noqa: A002
    """The moving part, until nothing moves any more."""
    access.require(visit.actor, "exports.view")
    ended: list[bool] = []

    def look() -> str | None:
        if ended:
            return None
        value = _value(visit, id)
        if not value.moving:
            ended.append(True)
        return render("data/exports/export.html", frame=visit.frame, page=value, block="moving")

    return visit.console.streams.respond(look, every_s=1)


@router.get("/data/exports/{id}/file")
def fetch(visit: Visiting, id: str) -> Response:  # noqa: A002
    with visit.app.database.transaction() as tx:
        run = exports.get(tx, parse_public_id(PREFIX, id))
        path = exports.fetch(tx, visit.app.exports, visit.actor, run)
    headers = {"Cache-Control": "no-store"}
    return FileResponse(path, media_type=MEDIA[run.format], filename=run.file, headers=headers)


@router.post("/data/exports/{id}/cancel")
def cancel(visit: Visiting, id: str) -> Response:  # noqa: A002
    with visit.app.database.transaction() as tx:
        exports.cancel(tx, visit.app.exports, visit.actor, parse_public_id(PREFIX, id))
    return redirect(visit, f"/data/exports/{id}", "It is cancelled.", tone="quiet")


@router.post("/data/exports/{id}/again")
def again(visit: Visiting, id: str) -> Response:  # noqa: A002
    with visit.app.database.transaction() as tx:
        exports.try_again(tx, visit.app.exports, visit.actor, parse_public_id(PREFIX, id))
    return redirect(visit, f"/data/exports/{id}", "It is tried again now.", tone="quiet")


def _value(visit: Visit, public: str) -> RunPage:
    with visit.app.database.transaction() as tx:
        run = exports.get(tx, parse_public_id(PREFIX, public))
        row = run_row(tx, visit, run)
        job = jobs.get(tx, run.job_id) if run.job_id else None
    scheduled = run.export_key is not None
    steers = (
        access.allows(visit.actor, "definitions.publish", kind="export").outcome == "yes"
        if scheduled
        else exports.may_fetch(visit.actor, run, visit.app.exports.listings.get(run.listing))
    )
    return RunPage(
        row=row,
        run=run,
        moving=run.state in exports.MOVING,
        note=_note(run, job),
        told=_told(run, visit.app.exports.listings.get(run.listing)),
        approval_href=f"/approvals/{public_id('apr', run.approval_id)}" if run.approval_id else "",
        plan_href=f"/data/exports/scheduled/{run.export_key}" if scheduled else "",
        may_steer=steers,
    )


def _note(run: Run, job: jobs.Job | None) -> str:
    if run.state == "waiting":
        return "It begins as soon as a worker is free."
    if job is not None and job.done and not run.written_at:
        speed = f", {number(job.rate)} a second" if job.rate else ""
        return f"{count_of(job.done, 'row')} so far{speed}."
    return (
        "Every row of one moment is being written."
        if not run.written_at
        else f"It is brought to {run.place}."
    )


def _told(run: Run, listing: Listing) -> tuple[tuple[str, object], ...]:
    by = ", ".join(f"{name} {text}" for name, text in run.narrowed.items())
    new = run.after_key is not None
    told = [
        ("Narrowed to", by or ("what is new since the last file that arrived" if new else "nothing")),
        ("Columns", ", ".join(run.columns) or "every one"),
        ("Format", TITLES[run.format]),
        ("Contact details", "shown" if run.contacts else "masked" if listing.has_contacts else "none in it"),
        ("Asked for by", run.asked_name),
    ]
    told += [("Brought to", run.place)] if run.place else []
    told += [("SHA-256", run.sha256)] if run.sha256 else []
    told += [("Took", f"{run.seconds:,.1f} s")] if run.seconds is not None else []
    return tuple(told)

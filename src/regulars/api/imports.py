"""Imports over the API: upload, suggest, map, dry run, run, and the rows that could not be used."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path as FilePath
from secrets import token_hex
from typing import Annotated, Any

from fastapi import Depends, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from regulars import access, imports, jobs
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import Cursor, In, Instant, Limit, Line, Number, Out, Page, Text, id_in_path, id_type
from regulars.db import Database
from regulars.definitions import canonical
from regulars.imports import PREFIX, TARGETS, WHATS, State, What
from regulars.kernel import parse_public_id

router = resource("imports")
ImportInPath = Annotated[str, id_in_path(PREFIX, "the import")]
RowInPath = Annotated[
    Number, Path(ge=0, le=2**53, description="Number of the row in the file.", examples=[17])
]
TAKES = permission("customers.import", by="room")
BODY = {
    "requestBody": {
        "required": True,
        "description": "The file itself: CSV, Excel, JSON Lines, a JSON list or Parquet.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
PIECE = 1 << 20


class Column(Out):
    name: str = Field(examples=["E-Mail"])
    guess: str = Field(description="What its values look like.", examples=["text"])
    filled: int
    distinct: int
    examples: tuple[str, ...]
    format: str
    decimal: str


class Import(Out):
    id: Annotated[str, id_type(PREFIX, "an import")]
    state: State
    name: str = Field(examples=["customers.csv"])
    kind: str = Field(description="Of the file, told by its bytes.", examples=["csv"])
    bytes: int
    rows: int
    sha256: str
    what: What | None
    columns: tuple[Column, ...]
    mapping: dict[str, Any] | None
    cut_over: Instant | None
    findings: dict[str, Any] | None = Field(description="Of the dry run; null before it.")
    job: str | None = Field(description="Public id of the job that checks or runs it.", examples=["job_3f"])
    job_state: str | None = Field(examples=["done"])
    job_message: str | None
    job_error: str | None
    seconds_left: float | None
    accepted: int
    bad: int
    error: str | None
    made_by: str
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    same_as: tuple[str, ...] = Field(
        description="Earlier imports of the very same file.", examples=[["imp_3f"]]
    )


class Suggested(Out):
    mapping: dict[str, Any]
    from_where: str = Field(description="By what it was chosen, for people.")
    certain: bool = Field(description="Whether it is remembered or a known export, not names alone.")


class Chosen(In):
    mapping: dict[Text, Any] = Field(description="As in a definition of the kind import-mapping.")
    cut_over: Instant | None = Field(
        default=None, description="What occurred before it is history; null: the moment the run begins."
    )


class ImportField(Out):
    what: What
    name: str = Field(examples=["traits.first_name"])
    type: str
    title: str
    text: str


class BadRow(Out):
    row: int
    state: str
    problems: tuple[dict[str, str], ...]
    cells: dict[str, str | None]


class Mended(In):
    cells: dict[Text, Text] = Field(description="By column; what is not named stays as it came.")


class Tried(Out):
    taken: int
    still_bad: int


def allowed(entered: Entered) -> None:
    """Who imports anything may look; each thing takes its own permission where it is chosen."""
    if not entered.may(imports.permission("balances")):
        access.require(entered.actor, imports.permission(None))


def shown(entered: Entered, one: imports.Import) -> Import:
    job = jobs.get(entered.tx, one.job_id) if one.job_id else None
    own = Import.model_fields.keys() - {
        "columns", "job", "job_state", "job_message", "job_error", "seconds_left", "same_as",
    }  # fmt: skip
    return Import(
        **{name: getattr(one, name) for name in own},
        columns=tuple(Column.model_validate(column) for column in one.columns.columns),
        job=job.public_id if job else None,
        job_state=job.state if job else None,
        job_message=job.message if job else None,
        job_error=job.error if job else None,
        seconds_left=job.left.total_seconds() if job and job.left is not None else None,
        same_as=tuple(same.id for same in imports.same_content(entered.tx, one)),
    )


async def sent(call: Calling, request: Request) -> FilePath:
    """The body on disk, once it is clear that who sends it may; whoever uses it deletes it."""
    await run_in_threadpool(_admit, call)
    home = call.app.settings.imports
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = home / f"incoming-{token_hex(12)}"
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            read = 0
            async for piece in request.stream():
                read += len(piece)
                if read > call.app.settings.import_bytes_max:
                    raise imports.TooLarge(
                        f"The file is larger than {call.app.settings.import_bytes_max:,} bytes. Cut it into "
                        "several."
                    )
                written.write(piece)
    except BaseException:
        with suppress(OSError):
            file.unlink()
        raise
    return file


def _admit(call: Calling) -> None:
    with call.enter() as entered:
        allowed(entered)


@router.post("/imports", status_code=201, openapi_extra=TAKES | BODY, responses=documented(413))
def upload(
    call: Calling,
    file: Annotated[FilePath, Depends(sent)],
    name: Annotated[Line, Query(min_length=1, description="Of the file.", examples=["customers.csv"])],
) -> Import:
    """Send a file as the body. It is looked at; nothing of it is taken in yet."""
    settings = call.app.settings
    try:
        with file.open("rb") as stream:
            kept = imports.keep(settings.imports, stream, name=name, bytes_max=settings.import_bytes_max)
    finally:
        file.unlink(missing_ok=True)
    with call.enter() as entered:
        allowed(entered)
        return shown(entered, imports.take_in(entered.tx, entered.actor, kept, at=entered.at))


@router.get("/imports", openapi_extra=TAKES)
def list_imports(
    call: Calling,
    state: State | None = None,
    what: What | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Import]:
    """The newest first."""
    with call.enter() as entered:
        allowed(entered)
        found = imports.imports(entered.tx, state=state, what=what, cursor=cursor, limit=limit)
        return Page(items=tuple(shown(entered, one) for one in found.items), next=found.next)


@router.get("/import-fields", openapi_extra=TAKES)
def list_fields(call: Calling, what: What | None = None) -> Page[ImportField]:
    """What columns can become, for each thing that is imported."""
    with call.enter() as entered:
        allowed(entered)
    wanted = [what] if what else list(WHATS)
    items = [
        ImportField(what=one, name=target.name, type=target.type, title=target.title, text=target.text)
        for one in wanted
        for target in TARGETS[one]
    ]
    return Page(items=tuple(items))


@router.get("/imports/{import_id}", openapi_extra=TAKES)
def get_import(call: Calling, import_id: ImportInPath) -> Import:
    """One import, and how far it is."""
    with call.enter() as entered:
        allowed(entered)
        return shown(entered, imports.get(entered.tx, parse_public_id(PREFIX, import_id)))


@router.get("/imports/{import_id}/suggestion", openapi_extra=TAKES)
def suggest(call: Calling, import_id: ImportInPath, what: What | None = None) -> Suggested:
    """A mapping: the one remembered for files with these columns, else by known exports and usual names."""
    with call.enter() as entered:
        allowed(entered)
        one = imports.get(entered.tx, parse_public_id(PREFIX, import_id))
        found = imports.suggestion(entered.tx, one, zone=call.app.zone, what=what)
    return Suggested(mapping=canonical(found.mapping), from_where=found.from_where, certain=found.certain)


@router.put("/imports/{import_id}/mapping", openapi_extra=TAKES, responses=documented(409))
def choose(call: Calling, import_id: ImportInPath, chosen: Chosen) -> Import:
    """Say which column becomes what."""
    with call.enter() as entered:
        allowed(entered)
        number = parse_public_id(PREFIX, import_id)
        cut_over: datetime | None = chosen.cut_over
        one = imports.choose(entered.tx, entered.actor, number, chosen.mapping, cut_over=cut_over)
        return shown(entered, one)


@router.post("/imports/{import_id}/check", openapi_extra=TAKES, responses=documented(409))
def check(call: Calling, import_id: ImportInPath) -> Import:
    """Ask for a dry run; its findings stand with the import when its job is done."""
    with call.enter() as entered:
        allowed(entered)
        number = parse_public_id(PREFIX, import_id)
        return shown(entered, imports.ask_check(entered.tx, entered.actor, number, at=entered.at))


@router.post("/imports/{import_id}/run", openapi_extra=TAKES, responses=documented(409))
def run(call: Calling, import_id: ImportInPath) -> Import:
    """Ask for the run; one that failed or was cancelled goes on where it stood."""
    with call.enter() as entered:
        allowed(entered)
        number = parse_public_id(PREFIX, import_id)
        return shown(entered, imports.ask_run(entered.tx, entered.actor, number, at=entered.at))


@router.post("/imports/{import_id}/cancel", openapi_extra=TAKES, responses=documented(409))
def cancel(call: Calling, import_id: ImportInPath) -> Import:
    """Stop the run at its next part; what is in stays in."""
    with call.enter() as entered:
        allowed(entered)
        number = parse_public_id(PREFIX, import_id)
        return shown(entered, imports.cancel(entered.tx, entered.actor, number, at=entered.at))


@router.get("/imports/{import_id}/bad-rows", openapi_extra=TAKES)
def list_bad_rows(
    call: Calling,
    import_id: ImportInPath,
    after: Annotated[Number, Query(ge=0, le=2**53, description="Rows after this one.", examples=[0])] = 0,
    limit: Limit = 50,
) -> Page[BadRow]:
    """Open bad rows in the order of the file; go on after the last one's number."""
    with call.enter() as entered:
        allowed(entered)
        one = imports.get(entered.tx, parse_public_id(PREFIX, import_id))
        found = imports.bad_rows(entered.tx, one.import_id, after=after, limit=limit)
    return Page(items=tuple(BadRow.model_validate(bad) for bad in found))


@router.get(
    "/imports/{import_id}/bad-rows-file",
    openapi_extra=TAKES,
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}, "example": "row,reason\n"}}}},
)
def bad_rows_file(call: Calling, import_id: ImportInPath) -> StreamingResponse:
    """All open bad rows as CSV, with number and reason in front."""
    with call.enter() as entered:
        allowed(entered)
        one = imports.get(entered.tx, parse_public_id(PREFIX, import_id))
        entered.record("imports.download", kind="import", subject=one.id)
    return StreamingResponse(_written(call.app.database, one), media_type="text/csv; charset=utf-8")


def _written(database: Database, one: imports.Import) -> Iterator[bytes]:
    with database.transaction() as tx:
        for line in imports.as_csv(one.columns.names, imports.all_bad_rows(tx, one.import_id)):
            yield line.encode("utf-8", errors="replace")


@router.put("/imports/{import_id}/bad-rows/{row}", openapi_extra=TAKES, responses=documented(409))
def mend(call: Calling, import_id: ImportInPath, row: RowInPath, mended: Mended) -> BadRow:
    """Change cells of a bad row; `bad-row-tries` then takes it in."""
    with call.enter() as entered:
        allowed(entered)
        one = imports.get(entered.tx, parse_public_id(PREFIX, import_id))
        imports.change_cells(entered.tx, one, row, mended.cells)
        return BadRow.model_validate(imports.bad_row(entered.tx, one, row))


@router.post("/imports/{import_id}/bad-row-tries", openapi_extra=TAKES, responses=documented(409))
def try_again(call: Calling, import_id: ImportInPath) -> Tried:
    """Try all open bad rows again, with what was mended."""
    with call.enter() as entered:
        allowed(entered)
        home = call.app.settings.imports
        number = parse_public_id(PREFIX, import_id)
        return Tried.model_validate(imports.try_again(entered.tx, entered.actor, home, number))

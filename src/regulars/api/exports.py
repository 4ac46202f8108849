"""Exports: anything that is listed as a file, asked for, watched and fetched; and the scheduled ones."""

from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import FileResponse
from pydantic import Field, SecretStr

from regulars import access, connections, definitions, exports
from regulars.api.calling import Calling, Entered, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import (
    Cursor,
    In,
    Instant,
    Limit,
    Line,
    Out,
    Page,
    id_in_path,
    id_type,
    key_in_path,
)
from regulars.exports import MEDIA, PREFIX, Format, State, Wanted
from regulars.kernel import parse_public_id, public_id

router = resource("exports")
ExportInPath = Annotated[str, id_in_path(PREFIX, "the export")]
KeyInPath = Annotated[str, key_in_path("the scheduled export", "nightly-orders")]
ListingInPath = Annotated[str, Path(max_length=80, description="Name of the listing.", examples=["orders"])]
LOOKS = permission("exports.view")
TAKES = permission("customers.export", by="room")
PUBLISHES = permission("exports.publish")
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class ListedColumn(Out):
    name: str = Field(examples=["order_key"])
    type: str = Field(examples=["text"])
    text: str


class ListedFilter(Out):
    name: str = Field(examples=["status"])
    title: str
    type: str = Field(examples=["text"])
    choices: tuple[str, ...]
    required: bool


class ListingShown(Out):
    name: str = Field(examples=["orders"])
    title: str
    text: str
    columns: tuple[ListedColumn, ...]
    filters: tuple[ListedFilter, ...]
    personal: bool = Field(description="Of customers: exporting it takes customers.export.")
    can_tell_what_is_new: bool


class Export(Out):
    id: Annotated[str, id_type(PREFIX, "an export")]
    listing: str = Field(examples=["orders"])
    title: str
    format: Format
    columns: tuple[str, ...] = Field(description="Empty: every one.")
    filter: dict[str, str]
    contacts: bool = Field(description="Whether contact details stand in it unmasked.")
    state: State = Field(description="asked waits for an approval; resting is tried again later.")
    scheduled: str | None = Field(description="Key of the scheduled export it belongs to.")
    place: str = Field(description="Where it is brought; empty: fetch it.")
    asked_by: str
    requested_at: Instant
    rows: int
    bytes: int | None
    sha256: str | None
    problem: str | None
    tries: int
    next_try_at: Instant | None
    approval: str | None = Field(
        description="Public id of the request, above one's level.", examples=["apr_3f"]
    )
    job: str | None = Field(examples=["job_3f"])
    has_file: bool = Field(description="Whether it can be fetched.")
    finished_at: Instant | None


class NewExport(In):
    listing: Line = Field(examples=["orders"])
    format: Format = "csv"
    columns: list[Line] = Field(default_factory=list, max_length=500, description="Empty: every one.")
    filter: dict[Line, Line] = Field(
        default_factory=dict, description="By name of the listing's filters.", examples=[{"status": "open"}]
    )
    contacts: bool = Field(default=True, description="Unmasked, for who may see them.")
    guard: bool = Field(
        default=True, description="In CSV, what a spreadsheet would take for a formula is made text."
    )


class ScheduledExport(Out):
    key: str = Field(examples=["nightly-orders"])
    title: str
    sentence: str
    live: bool
    next_due_at: Instant | None
    last: Export | None
    secrets: int


class ExportSecret(In):
    secret: SecretStr = Field(
        min_length=1,
        max_length=20_000,
        description="A password or private key; of a store its access key and secret key as KEY:SECRET.",
    )


class Tried(Out):
    sentence: str


def _shown(one: exports.Run) -> Export:
    own = Export.model_fields.keys() & set(exports.Run.__dataclass_fields__)
    given = {name: getattr(one, name) for name in own}
    return Export(
        **given
        | {
            "id": one.id,
            "columns": tuple(one.columns),
            "filter": one.narrowed,
            "scheduled": one.export_key,
            "asked_by": one.asked_name,
            "approval": public_id("apr", one.approval_id) if one.approval_id else None,
            "job": public_id("job", one.job_id) if one.job_id else None,
            "has_file": one.has_file,
        }
    )


def _listing(entered: Entered, one: exports.Listing) -> ListingShown:
    return ListingShown(
        name=one.name,
        title=one.title,
        text=one.text,
        columns=tuple(
            ListedColumn(name=column.name, type=column.type, text=column.text)
            for column in one.known(entered.tx).values()
        ),
        filters=tuple(
            ListedFilter(name=by.name, title=by.title, type=by.type, choices=by.choices, required=by.required)
            for by in one.filters
        ),
        personal=one.personal,
        can_tell_what_is_new=one.top is not None,
    )


@router.get("/export-listings", openapi_extra=LOOKS)
def list_listings(call: Calling) -> Page[ListingShown]:
    """What one may export, with its columns and filters."""
    with call.enter() as entered:
        found = [one for one in call.app.exports.listings if entered.may(one.permission)]
        return Page(items=tuple(_listing(entered, one) for one in found))


@router.get("/export-listings/{listing}", openapi_extra=LOOKS)
def get_listing(call: Calling, listing: ListingInPath) -> ListingShown:
    """One listing, with its columns and filters."""
    with call.enter() as entered:
        found = call.app.exports.listings.get(listing)
        access.require(entered.actor, found.permission)
        return _listing(entered, found)


@router.post("/exports", status_code=202, openapi_extra=TAKES, responses=documented(409))
def ask(call: Calling, wanted: NewExport) -> Export:
    """Ask for a file. Above one's level it waits for an approval, and its state is `asked`."""
    with call.enter() as entered:
        asked = Wanted(
            listing=wanted.listing,
            format=wanted.format,
            columns=tuple(wanted.columns),
            filter=wanted.filter,
            contacts=wanted.contacts,
            guard=wanted.guard,
        )
        return _shown(exports.ask(entered.tx, call.app.exports, entered.actor, asked))


@router.get("/exports", openapi_extra=LOOKS)
def list_exports(
    call: Calling, state: State | None = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[Export]:
    """What was exported, the newest first."""
    with call.enter() as entered:
        found = exports.runs(entered.tx, state=state, cursor=cursor, limit=limit)
        return Page(items=tuple(_shown(one) for one in found.items), next=found.next)


@router.get("/exports/{export_id}", openapi_extra=LOOKS)
def get_export(call: Calling, export_id: ExportInPath) -> Export:
    """One export, and how far it is."""
    with call.enter() as entered:
        return _shown(exports.get(entered.tx, parse_public_id(PREFIX, export_id)))


@router.get(
    "/exports/{export_id}/file",
    openapi_extra=TAKES,
    response_class=FileResponse,
    responses=FILE | documented(409),
)
def fetch(call: Calling, export_id: ExportInPath) -> FileResponse:
    """The file, as long as it is kept here; who fetches it stands in the audit."""
    with call.enter() as entered:
        one = exports.get(entered.tx, parse_public_id(PREFIX, export_id))
        path = exports.fetch(entered.tx, call.app.exports, entered.actor, one)
    return FileResponse(path, media_type=MEDIA[one.format], filename=one.file)


@router.post("/exports/{export_id}/cancel", openapi_extra=TAKES, responses=documented(409))
def cancel(call: Calling, export_id: ExportInPath) -> Export:
    """Stop it, or take the request for it back."""
    with call.enter() as entered:
        number = parse_public_id(PREFIX, export_id)
        return _shown(exports.cancel(entered.tx, call.app.exports, entered.actor, number))


@router.post("/exports/{export_id}/retry", status_code=202, openapi_extra=TAKES, responses=documented(409))
def retry(call: Calling, export_id: ExportInPath) -> Export:
    """Try one now that failed, was cancelled or rests."""
    with call.enter() as entered:
        number = parse_public_id(PREFIX, export_id)
        return _shown(exports.try_again(entered.tx, call.app.exports, entered.actor, number))


@router.get("/scheduled-exports", openapi_extra=LOOKS)
def list_scheduled(call: Calling) -> Page[ScheduledExport]:
    """Every scheduled export. They are made and changed as definitions of the kind `export`."""
    with call.enter() as entered:
        heads = definitions.heads(entered.tx, kind="export", limit=200)
        return Page(items=tuple(_scheduled(entered, head.key) for head in heads.items))


@router.get("/scheduled-exports/{key}", openapi_extra=LOOKS)
def get_scheduled(call: Calling, key: KeyInPath) -> ScheduledExport:
    """One scheduled export, when it is next due and how it went last."""
    with call.enter() as entered:
        return _scheduled(entered, key)


@router.get("/scheduled-exports/{key}/runs", openapi_extra=LOOKS)
def list_runs(call: Calling, key: KeyInPath, cursor: Cursor = None, limit: Limit = 50) -> Page[Export]:
    """Its runs with rows, bytes and problems, the newest first."""
    with call.enter() as entered:
        definitions.get(entered.tx, call.app.exports.kind, key)
        found = exports.runs(entered.tx, export_key=key, cursor=cursor, limit=limit)
        return Page(items=tuple(_shown(one) for one in found.items), next=found.next)


@router.post("/scheduled-exports/{key}/run", status_code=202, openapi_extra=PUBLISHES)
def run_now(call: Calling, key: KeyInPath) -> Export:
    """Make it now, besides its schedule."""
    with call.enter() as entered:
        return _shown(exports.run_now(entered.tx, call.app.exports, entered.actor, key))


@router.post("/scheduled-exports/{key}/try", openapi_extra=PUBLISHES, responses=documented(400))
def try_place(call: Calling, key: KeyInPath) -> Tried:
    """Bring a small file to its place and take it away again."""
    with call.enter() as entered:
        place = exports.place_of(entered.tx, call.app.exports, key)
    exports.try_place(call.app.exports, key, place)  # Outside of any transaction: it may take a minute.
    return Tried(sentence="A small file arrived there and was taken away again.")


@router.put(
    "/scheduled-exports/{key}/secret",
    openapi_extra=permission("sources.secrets"),
    responses=documented(400, 413, 415),
)
def set_secret(call: Calling, key: KeyInPath, body: ExportSecret) -> ScheduledExport:
    """Set the password or key of its place; never given back, and shown to that place alone."""
    with call.enter() as entered:
        kind = call.app.exports.kind
        found = definitions.live(entered.tx, kind, key) or definitions.get(entered.tx, kind, key)
        connections.set_secret(
            entered.tx,
            entered.actor,
            entered.app.vault,
            exports.secret_name(key),
            body.secret.get_secret_value(),
            at=entered.at,
            now=entered.now,
            place=exports.keeper_of(found.body),
        )
        return _scheduled(entered, key)


def _scheduled(entered: Entered, key: str) -> ScheduledExport:
    kind = entered.app.exports.kind
    live = definitions.live(entered.tx, kind, key)
    body = (live or definitions.get(entered.tx, kind, key)).body
    schedule = exports.schedules(entered.tx).get(key)
    last = next(iter(exports.runs(entered.tx, export_key=key, limit=1).items), None)
    return ScheduledExport(
        key=key,
        title=body.title,
        sentence=kind.sentence(body),
        live=live is not None,
        next_due_at=schedule.next_due_at if schedule and live else None,
        last=_shown(last) if last else None,
        secrets=len(connections.told_of(entered.tx, exports.secret_name(key), entered.now)),
    )

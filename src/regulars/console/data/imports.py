"""Imports: every file that was taken in, and the way in for another."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from regulars import access, imports
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.parts import Column, Tab, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.imports import WHATS, Import
from regulars.kernel import Finding, Invalid

router = pages()
COLUMNS = (
    Column(title="File"),
    Column(title="What"),
    Column(title="Rows", numeric=True),
    Column(title="Taken in", numeric=True),
    Column(title="Bad", numeric=True),
    Column(title="When"),
    Column(title="State"),
)
WHAT_TITLES = {str(key): title for key, title in WHATS.items()}
STATES: dict[str, tuple[str, Tone]] = {
    "uploaded": ("Uploaded", "waiting"),
    "checked": ("Checked", "waiting"),
    "waiting": ("Waits", "live"),
    "running": ("Running", "live"),
    "done": ("Done", "good"),
    "failed": ("Failed", "bad"),
    "cancelled": ("Cancelled", "quiet"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportList:
    tabs: tuple[Tab, ...]
    items: tuple[Import, ...]
    columns: tuple[Column, ...]
    states: dict[str, tuple[str, Tone]]
    whats: dict[str, str]
    next_href: str
    first_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImport:
    findings: tuple[Finding, ...]
    bytes_max: int
    keep_days: int
    balances_only: bool


def require(visit: Visit) -> None:
    """Who imports anything may look at imports; each thing takes its own permission when it is chosen."""
    if access.allows(visit.actor, imports.permission("balances")).outcome != "yes":
        access.require(visit.actor, imports.permission(None))


@router.get("/data/imports")
def import_list(visit: Visiting, cursor: str | None = None) -> Response:
    require(visit)
    with visit.app.database.transaction() as tx:
        found = imports.imports(tx, cursor=cursor)
    value = ImportList(
        tabs=places.tabs("/data/imports"),
        items=found.items,
        columns=COLUMNS,
        states=STATES,
        whats=WHAT_TITLES,
        next_href=f"/data/imports?cursor={found.next}" if found.next else "",
        first_href="/data/imports" if cursor else "",
    )
    return page(visit, "data/imports/list.html", value)


@router.get("/data/imports/new")
def new(visit: Visiting) -> Response:
    require(visit)
    return page(visit, "data/imports/new.html", _new(visit))


def _new(visit: Visit, findings: tuple[Finding, ...] = ()) -> NewImport:
    settings = visit.app.settings
    return NewImport(
        findings=findings,
        bytes_max=settings.import_bytes_max,
        keep_days=settings.import_keep_days,
        balances_only=access.allows(visit.actor, imports.permission(None)).outcome != "yes",
    )


async def sent_file(request: Request) -> UploadFile | None:
    """The file of the form; what is large lies on disk already."""
    found = (await request.form()).get("file")
    return found if isinstance(found, UploadFile) and found.filename else None


@router.post("/data/imports")
def upload(visit: Visiting, file: Annotated[UploadFile | None, Depends(sent_file)]) -> Response:
    require(visit)
    if file is None:
        missing = Finding(path="file", code="imports.no_file", message="Choose a file.")
        return page(visit, "data/imports/new.html", _new(visit, (missing,)), status=422)
    settings = visit.app.settings
    try:
        kept = imports.keep(
            settings.imports, file.file, name=file.filename or "file", bytes_max=settings.import_bytes_max
        )
    except Invalid as wrong:
        findings = wrong.findings or (Finding(path="file", code=wrong.code, message=str(wrong)),)
        return page(visit, "data/imports/new.html", _new(visit, findings), status=422)
    with visit.app.database.transaction() as tx:
        one = imports.take_in(tx, visit.actor, kept, at=visit.app.now(tx))
    return redirect(visit, f"/data/imports/{one.id}/mapping")

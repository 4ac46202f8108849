"""Lists: made by hand, by pasting or from a file; people put on them and taken off."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import File, Form, UploadFile
from starlette.responses import Response

from regulars import access, customers, definitions, segments
from regulars.access import Actor
from regulars.console.campaign_form import slug
from regulars.console.console import pages
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Requested
from regulars.kernel import Finding, Invalid, NotFound, parse_public_id
from regulars.segments import SEGMENT, ReadList, SegmentBody

router = pages()
SHOWN = 50
ADD, TAKE = "add", "take"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReport:
    """What became of the lines that were given."""

    key: str
    title: str
    taken: bool  # Taken off, not put on.
    lines: int
    changed: int
    unchanged: int
    unknown: tuple[str, ...]  # The first of those found with nobody.
    unknown_count: int
    ambiguous: tuple[str, ...]
    ambiguous_count: int
    skipped: int
    problems: tuple[Finding, ...]
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListForm:
    key: str  # Empty for a new one.
    title: str
    name: str
    description: str
    pasted: str
    kind: str
    kinds: tuple[tuple[str, str], ...]
    taken: bool
    errors: dict[str, str]
    findings: tuple[Finding, ...] = ()


@router.get("/segments/lists/new")
def new(visit: Visiting) -> Response:
    access.require(visit.actor, "definitions.draft", kind=SEGMENT.name)
    with visit.app.database.transaction() as tx:
        value = _form(tx)
    return page(visit, "segments/list_form.html", value)


@router.post("/segments/lists")
def create(
    visit: Visiting,
    name: Annotated[str, Form()] = "",
    description: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
    pasted: Annotated[str, Form()] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """A list in one step: defined, published, and those given put on it."""
    data = _given(file, pasted)
    title = name.strip()
    try:
        if not title:
            raise _unnamed()
        read = segments.read_list(data, kind or None) if data.strip() else None
        with visit.app.database.transaction() as tx:
            at, key = visit.app.now(tx), slug(title)
            if definitions.versions(tx, SEGMENT, key):
                raise _unnamed(f"There is a segment “{title}” already. Give the list another name.")
            if read is not None:
                segments.identify(tx, read.kind, ())  # Before there is a list that nobody can be put on.
            body = SegmentBody(name=title, description=description.strip(), list=True)
            definitions.save_draft(tx, visit.actor, SEGMENT, key, body, at=at)
            done = definitions.publish(tx, visit.actor, SEGMENT, key, at=at)
            if isinstance(done, Requested):
                said = f"Asked for. {done.reason} Put people on it when it is live."
                return redirect(visit, f"/segments/{key}", said, tone="waiting")
        report = _change(visit, key, title, read) if read is not None else None
    except Invalid as wrong:
        return _again(visit, wrong, name=name, description=description, kind=kind, pasted=pasted)
    if report is None:
        return redirect(visit, f"/segments/{key}", f"“{title}” is there and empty. Put people on it.")
    return page(visit, "segments/list_report.html", report)


@router.get("/segments/{key}/people")
def people(visit: Visiting, key: str, do: str = ADD) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        title = definitions.get(tx, SEGMENT, key).title
        value = _form(tx, key=key, title=title, taken=do == TAKE)
    return page(visit, "segments/list_form.html", value)


@router.post("/segments/{key}/people")
def change_people(
    visit: Visiting,
    key: str,
    do: Annotated[str, Form()] = ADD,
    kind: Annotated[str, Form()] = "",
    pasted: Annotated[str, Form()] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    try:
        title = admitted(visit, key)
        read = segments.read_list(_given(file, pasted), kind or None)
        report = _change(visit, key, title, read, taken=do == TAKE)
    except Invalid as wrong:
        return _again(visit, wrong, key=key, kind=kind, pasted=pasted, taken=do == TAKE)
    return page(visit, "segments/list_report.html", report)


@router.post("/segments/{key}/people/{customer_id}/remove")
def remove(visit: Visiting, key: str, customer_id: str) -> Response:
    admitted(visit, key)
    with visit.app.database.transaction() as tx:
        number = parse_public_id("cus", customer_id)
        done = segments.remove_from_list(tx, visit.actor, key, [number], at=visit.app.now(tx))
    said = "Taken off the list." if done.changed else "Nothing to do: nobody like this stood on the list."
    return redirect(visit, f"/segments/{key}", said)


def admitted(visit: Visit, key: str) -> str:
    """Whoever changes a live list changes what is published under it; gives its title."""
    with visit.app.database.transaction() as tx:
        found = definitions.live(tx, SEGMENT, key)
    access.require(visit.actor, "segments.publish", scope=found.scope if found else None)
    if found is None:
        raise NotFound(f"There is no live list {key[:120]!r}; publish it first.")
    return found.title


def choices(tx: Tx, actor: Actor) -> tuple[tuple[str, str], ...]:
    """The live lists that somebody may put people on, with their names."""
    return tuple(
        (found.key, found.title)
        for found in definitions.all_live(tx, SEGMENT)
        if found.body.list and access.allows(actor, "segments.publish", scope=found.scope).outcome == "yes"
    )


def _change(visit: Visit, key: str, title: str, read: ReadList, *, taken: bool = False) -> ListReport:
    done = segments.change_list(
        visit.app.database, visit.actor, key, read.kind, read.identifiers, now=visit.app.now, taken=taken
    )
    return ListReport(
        key=key,
        title=title,
        taken=taken,
        lines=read.lines,
        changed=done.changed,
        unchanged=done.unchanged,
        unknown=done.unknown[:SHOWN],
        unknown_count=len(done.unknown),
        ambiguous=done.ambiguous[:SHOWN],
        ambiguous_count=len(done.ambiguous),
        skipped=read.skipped,
        problems=read.problems,
        members=done.members,
    )


def _given(file: UploadFile | None, pasted: str) -> bytes:
    """The file, else what was pasted."""
    data = file.file.read() if file is not None and file.filename else b""
    return data or pasted.encode("utf-8", "replace")


def _form(tx: Tx, **said: object) -> ListForm:
    kinds = (("", "As the heading or the first line tells"), *customers.kind_titles(tx).items())
    begin = {
        "key": "",
        "title": "New list",
        "name": "",
        "description": "",
        "pasted": "",
        "kind": "",
        "taken": False,
        "errors": {},
    }
    return ListForm(kinds=(*kinds, ("customer_id", "Customer id (cus_…)")), **{**begin, **said})  # type: ignore[arg-type]


def _again(visit: Visit, wrong: Invalid, *, key: str = "", **said: object) -> Response:
    """The form as it was typed, with what is wrong; a file has to be chosen again, as browsers want it."""
    errors = {one.path: one.message for one in wrong.findings}
    errors.setdefault("pasted", "" if "name" in errors else str(wrong))
    with visit.app.database.transaction() as tx:
        title = definitions.get(tx, SEGMENT, key).title if key else "New list"
        value = _form(tx, key=key, title=title, errors=errors, findings=wrong.findings, **said)
    return page(visit, "segments/list_form.html", value, status=422)


def _unnamed(text: str = "Give the list a name.") -> Invalid:
    return Invalid(text, [Finding(path="name", code="segments.unnamed", message=text)])

"""File drops: places where others leave files, when they are looked at, and what became of each file."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Form
from starlette.responses import Response

from regulars import access, connections, definitions
from regulars.connections import FILE_DROP, DropState, FileDropBody, Pickup, SecretTold
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.data.connections import slug
from regulars.console.parts import Column, Tab, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Requested
from regulars.kernel import Finding, Invalid

router = pages()
COLUMNS = (
    Column(title="File drop"),
    Column(title="State"),
    Column(title="Looked at"),
    Column(title="Next look"),
    Column(title="Problem"),
)
FILE_COLUMNS = (
    Column(title="File"),
    Column(title="What became of it"),
    Column(title="Import it", hidden_title=True),
)
STATES: dict[str, tuple[str, Tone]] = {
    "handed": ("Handed to the imports", "good"),
    "same": ("Same content as before", "quiet"),
    "failed": ("Could not be used", "bad"),
    "asked": ("Asked for again", "waiting"),
}
WHATS = (
    ("orders", "Orders"),
    ("customers", "Customers"),
    ("events", "Events"),
    ("products", "Products"),
    ("stores", "Stores"),
    ("consents", "Consents"),
    ("balances", "Loyalty balances"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    key: str
    title: str
    sentence: str
    word: str
    tone: Tone
    looked_at: datetime | None
    next_look_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropList:
    tabs: tuple[Tab, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    may_draft: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropForm:
    title: str = ""
    place: str = ""
    pattern: str = "*.csv"
    what: str = "orders"
    mapping: str = ""
    source: str = ""
    every: str = "daily at 03:00"
    after: str = "leave"
    host_key: str = ""
    root: str = ""
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    whats: tuple[tuple[str, str], ...] = WHATS
    may_secret: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    pickup: Pickup
    word: str
    tone: Tone
    href: str  # Of its import.


@dataclass(frozen=True, slots=True, kw_only=True)
class DropPage:
    key: str
    body: FileDropBody
    sentence: str
    is_live: bool
    is_remote: bool
    root: str
    state: DropState | None
    files_meant: str
    secrets: tuple[SecretTold, ...]
    may_secret: bool
    may_run: bool
    columns: tuple[Column, ...]
    files: tuple[FileRow, ...]
    next_href: str
    problem: str = ""


@router.get("/data/drops")
def drop_list(visit: Visiting) -> Response:
    access.require(visit.actor, "sources.view")
    draft = access.allows(visit.actor, "sources.draft", kind="file-drop")
    with visit.app.database.transaction() as tx:
        states = connections.drop_states(tx)
        heads = definitions.heads(tx, kind=FILE_DROP.name, limit=200).items
        rows = tuple(_row(tx, head, states.get(head.key)) for head in heads)
    value = DropList(
        tabs=places.tabs("/data/drops"),
        columns=COLUMNS,
        rows=rows,
        may_draft=draft.outcome == "yes",
        why_not=draft.reason,
    )
    return page(visit, "data/drops/list.html", value)


def _row(tx: Tx, head: definitions.Head, state: DropState | None) -> Row:
    body = definitions.get(tx, FILE_DROP, head.key).body
    return Row(
        key=head.key,
        title=body.title,
        sentence=FILE_DROP.sentence(body),
        word="Live" if head.live else "Draft",
        tone="live" if head.live else "quiet",
        looked_at=state.looked_at if state else None,
        next_look_at=state.next_look_at if state and head.live else None,
        problem=(state.problem or "") if state else "",
    )


@router.get("/data/drops/new")
def new(visit: Visiting) -> Response:
    access.require(visit.actor, "sources.draft", kind="file-drop")
    return page(visit, "data/drops/new.html", _blank(visit))


def _blank(visit: Visit, **typed: str) -> DropForm:
    may = access.allows(visit.actor, "sources.secrets").outcome == "yes"
    blank = DropForm(may_secret=may, root=str(visit.app.settings.drops))
    return replace(blank, **typed)  # type: ignore[arg-type]


@router.post("/data/drops")
def make(
    visit: Visiting,
    title: Annotated[str, Form()] = "",
    place: Annotated[str, Form()] = "",
    pattern: Annotated[str, Form()] = "",
    what: Annotated[str, Form()] = "",
    mapping: Annotated[str, Form()] = "",
    source: Annotated[str, Form()] = "",
    every: Annotated[str, Form()] = "",
    after: Annotated[str, Form()] = "leave",
    host_key: Annotated[str, Form()] = "",
    secret: Annotated[str, Form()] = "",
) -> Response:
    """Draft, publish and set the secret in one step; above one's level the publishing becomes a request."""
    given = {
        "title": title, "place": place, "pattern": pattern, "what": what, "mapping": mapping,
        "source": source, "every": every, "after": after, "host_key": host_key,
    }  # fmt: skip
    given = {name: text.strip() for name, text in given.items()}
    body = {name: text for name, text in given.items() if text} | {"source": given["source"] or slug(title)}
    try:
        with visit.app.database.transaction() as tx:
            key = _free(tx, slug(title))
            at = visit.app.now(tx)
            definitions.save_draft(tx, visit.actor, FILE_DROP, key, body, at=at)
            done = definitions.publish(tx, visit.actor, FILE_DROP, key, at=at)
            if secret.strip():
                _set(visit, tx, key, secret)
    except Invalid as error:
        errors = {finding.path: finding.message for finding in error.findings}
        wrong = replace(_blank(visit, **given), problem=str(error), errors=errors)
        return page(visit, "data/drops/new.html", wrong, status=422)
    if isinstance(done, Requested):
        said = f"“{title}” is drafted and waits for approval: {done.reason}"
        return redirect(visit, f"/data/drops/{key}", said, tone="waiting")
    return redirect(visit, f"/data/drops/{key}", f"“{title}” is live: it is looked at {given['every']}.")


def _free(tx: Tx, wanted: str) -> str:
    if not wanted:
        told = "Give it a name with at least one letter or digit."
        raise Invalid(told, [Finding(path="title", code="connections.title", message=told)])
    names = [wanted, *(f"{wanted}-{n}" for n in range(2, 50))]
    return next(name for name in names if not definitions.versions(tx, FILE_DROP, name))


@router.get("/data/drops/{key}")
def drop(visit: Visiting, key: str, cursor: str | None = None) -> Response:
    access.require(visit.actor, "sources.view")
    return page(visit, "data/drops/drop.html", _page(visit, key, cursor))


def _page(visit: Visit, key: str, cursor: str | None = None, problem: str = "") -> DropPage:
    with visit.app.database.transaction() as tx:
        live = definitions.live(tx, FILE_DROP, key)
        body = (live or definitions.get(tx, FILE_DROP, key)).body
        found = connections.pickups(tx, key, cursor=cursor)
        state = connections.drop_states(tx).get(key)
        secrets = tuple(connections.told_of(tx, f"file-drop/{key}", visit.app.wall.now()))
    return DropPage(
        key=key,
        body=body,
        sentence=FILE_DROP.sentence(body),
        is_live=live is not None,
        is_remote="://" in body.place,
        root=str(visit.app.settings.drops),
        state=state,
        files_meant="every file" if body.pattern == "*" else body.pattern,
        secrets=secrets,
        may_secret=access.allows(visit.actor, "sources.secrets").outcome == "yes",
        may_run=access.allows(visit.actor, "sources.publish", kind="file-drop").outcome == "yes",
        columns=FILE_COLUMNS,
        files=_files(found.items),
        next_href=f"/data/drops/{key}?cursor={quote(found.next)}" if found.next else "",
        problem=problem,
    )


def _files(found: Sequence[Pickup]) -> tuple[FileRow, ...]:
    return tuple(
        FileRow(
            pickup=one,
            word=STATES[one.state][0],
            tone=STATES[one.state][1],
            href=f"/data/imports/{one.import_ref}" if one.import_ref else "",
        )
        for one in found
    )


@router.post("/data/drops/{key}/look")
def look(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "sources.publish", kind="file-drop")
    with visit.app.database.transaction() as tx:
        connections.look_now(tx, key, requested_by=visit.actor.name)
        visit.record(tx, "drops.look", kind="file-drop", subject=key)
    said = "It is looked at now; new files stand here in a moment."
    return redirect(visit, f"/data/drops/{key}", said)


@router.post("/data/drops/{key}/files/{pickup_id}/import")
def import_again(visit: Visiting, key: str, pickup_id: int) -> Response:
    """A file that was left out, imported all the same."""
    access.require(visit.actor, "sources.publish", kind="file-drop")
    with visit.app.database.transaction() as tx:
        connections.ask_again(tx, key, pickup_id, requested_by=visit.actor.name)
        visit.record(tx, "drops.import_again", kind="file-drop", subject=key, after={"pickup": pickup_id})
    return redirect(visit, f"/data/drops/{key}", "It is picked up again and imported this time.")


@router.post("/data/drops/{key}/secret")
def set_secret(visit: Visiting, key: str, secret: Annotated[str, Form()] = "") -> Response:
    try:
        with visit.app.database.transaction() as tx:
            definitions.get(tx, FILE_DROP, key)
            _set(visit, tx, key, secret)
    except Invalid as error:
        return page(visit, "data/drops/drop.html", _page(visit, key, problem=str(error)), status=422)
    return redirect(visit, f"/data/drops/{key}", "The secret is set; the next look uses it.")


def _set(visit: Visit, tx: Tx, key: str, secret: str) -> None:
    found = definitions.live(tx, FILE_DROP, key) or definitions.get(tx, FILE_DROP, key)
    connections.set_secret(
        tx,
        visit.actor,
        visit.app.vault,
        f"file-drop/{key}",
        secret,
        at=visit.app.now(tx),
        now=visit.app.wall.now(),
        place=connections.keeper_of(found.body.place),
    )

"""Connecting a source in one step: its definition, its key, what to copy, and its first event."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from regulars import access, definitions, events, log
from regulars.access import Key
from regulars.console.console import pages
from regulars.console.data import places
from regulars.console.data.snippets import Snippet, snippets
from regulars.console.parts import Column, Tab
from regulars.console.rendering import render
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.definitions import Requested
from regulars.events import SOURCE, Arrived
from regulars.kernel import Finding, Invalid, NotFound, fold, public_id

router = pages()
HANDLING = (
    ("keep", "Keep everything; the plan is not asked"),
    ("warn", "Keep everything, and say what does not fit the plan"),
    ("refuse", "Refuse what the plan does not know or what does not fit it"),
)
STANDS = (
    ("pages", "In pages and apps, where everybody can read it"),
    ("servers", "Only on a server of ours: it may also change the catalogue and import history"),
)
HIDDEN_KEY = "rk_…"
KEY_COLUMNS = (Column(title="Key"), Column(title="Last used"), Column(title="State"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectForm:
    title: str = ""
    unplanned: str = "keep"
    stands: str = "pages"
    places: tuple[tuple[str, str], ...] = STANDS
    handling: tuple[tuple[str, str], ...] = HANDLING
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The newest event of a source, as it is waited for."""

    key: str
    event: Arrived | None
    clock: str
    href: str
    rejects: int
    stream_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    key: str
    title: str
    secret: str
    pending: str  # What keeps the definition from being live, if anything.
    snippets: tuple[Snippet, ...]
    first: First


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePage:
    key: str
    title: str
    tabs: tuple[Tab, ...]
    declared: bool
    sentence: str
    note: str
    keys: tuple[Key, ...]
    columns: tuple[Column, ...]
    may_make_key: bool
    snippets: tuple[Snippet, ...]
    first: First


@router.get("/data/connect")
def connect_form(visit: Visiting) -> Response:
    access.require(visit.actor, "sources.draft", kind="source")
    access.require(visit.actor, "keys.manage")
    return page(visit, "data/connect.html", ConnectForm())


@router.post("/data/connect")
def connect(
    visit: Visiting,
    title: Annotated[str, Form()] = "",
    unplanned: Annotated[str, Form()] = "keep",
    stands: Annotated[str, Form()] = "pages",
) -> Response:
    """Draft, publish, make the key and give it, all or nothing."""
    access.require(visit.actor, "sources.draft", kind="source")
    access.require(visit.actor, "keys.manage")
    try:
        connected = _connect(visit, title.strip(), unplanned, server=stands == "servers")
        return page(visit, "data/connected.html", connected)
    except Invalid as wrong:
        errors = {found.path: found.message for found in wrong.findings}
        value = ConnectForm(
            title=title, unplanned=unplanned, stands=stands, errors=errors, problem=str(wrong)
        )
        return page(visit, "data/connect.html", value, status=422)


def _connect(visit: Visit, title: str, unplanned: str, *, server: bool) -> Connected:
    key = key_of(title)
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        _refuse_known(tx, key)
        body = {"title": title, "unplanned": unplanned, "server": server}
        definitions.save_draft(tx, visit.actor, SOURCE, key, body, at=at)
        published = definitions.publish(tx, visit.actor, SOURCE, key, at=at)
        made = access.make_key(tx, visit.actor, name=title, kind="tracking", at=at)
        events.assign_key(tx, visit.actor, made.key.key_id, key, at=at)
    return Connected(
        key=key,
        title=title,
        secret=made.text,
        pending=published.reason if isinstance(published, Requested) else "",
        snippets=snippets(visit.app.settings.address, made.text),
        first=_first(visit, key),
    )


def _refuse_known(tx: Tx, key: str) -> None:
    found = definitions.versions(tx, SOURCE, key)
    if found:
        message = f"There is a source {key!r} already; choose another name, or make it another key."
        raise Invalid(message, [Finding(path="title", code="events.source_exists", message=message)])


def key_of(title: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:60].strip("-")
    if not words:
        message = "Give it a name with a letter from a to z or a digit, such as Web shop."
        raise Invalid(message, [Finding(path="title", code="events.no_title", message=message)])
    return words


@router.get("/data/sources/{key}")
def source(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "sources.view")
    with visit.app.database.transaction() as tx:
        live = definitions.live(tx, SOURCE, key)
        given = {number for number, one in events.assigned_keys(tx).items() if one == key}
        keys = tuple(one for one in access.keys(tx) if one.key_id in given)
        known = any(one.source == key for one in events.source_totals(tx, visit.app.now(tx)))
        drafted = definitions.versions(tx, SOURCE, key)
    if not (drafted or known or keys):
        raise NotFound(f"There is no source {key[:80]!r}; the page Data lists those there are.")
    value = SourcePage(
        key=key,
        title=live.body.title if live else key,
        tabs=places.tabs(""),
        declared=bool(drafted),
        sentence=SOURCE.sentence(live.body) if live else "",
        note=live.body.note if live else "",
        keys=keys,
        columns=KEY_COLUMNS,
        may_make_key=access.allows(visit.actor, "keys.manage").outcome == "yes",
        snippets=snippets(visit.app.settings.address, HIDDEN_KEY),
        first=_first(visit, key),
    )
    return page(visit, "data/source.html", value)


@router.post("/data/sources/{key}/keys")
def add_key(visit: Visiting, key: str) -> Response:
    """A further key of a source, or a new one in place of one that got lost."""
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        live = definitions.live(tx, SOURCE, key)
        title = live.body.title if live else key
        made = access.make_key(tx, visit.actor, name=title, kind="tracking", at=at)
        events.assign_key(tx, visit.actor, made.key.key_id, key, at=at)
    value = Connected(
        key=key,
        title=title,
        secret=made.text,
        pending="",
        snippets=snippets(visit.app.settings.address, made.text),
        first=_first(visit, key),
    )
    return page(visit, "data/connected.html", value)


@router.post("/data/sources/{key}/declare")
def declare(visit: Visiting, key: str) -> Response:
    """Draft the definition of a source that sends already."""
    with visit.app.database.transaction() as tx:
        body = {"title": key}
        definitions.save_draft(tx, visit.actor, SOURCE, key, body, at=visit.app.now(tx))
    return redirect(
        visit, f"/definitions/source/{key}/edit", "A draft is saved; publish it when it is right."
    )


@router.get("/data/sources/{key}/first")
def first(visit: Visiting, key: str) -> Response:
    """The newest event of the source, as soon as it is there."""
    access.require(visit.actor, "sources.view")

    def look() -> str:
        return render("data/first.html", frame=visit.frame, page=_first(visit, key), block="first")

    return visit.console.streams.respond(look, every_s=1)


def _first(visit: Visit, key: str) -> First:
    with visit.app.database.transaction() as tx:
        found = events.latest(tx, source=key, limit=1)
        refused = log.open_set(tx, log.RejectFilter(source=key)).rejects
    newest = found[0] if found else None
    return First(
        key=key,
        event=newest,
        clock=_clock(newest.received_at, visit) if newest else "",
        href=f"/data/events/{public_id('evt', newest.position)}" if newest else "",
        rejects=refused,
        stream_href=f"/data/sources/{key}/first",
    )


def _clock(at: datetime, visit: Visit) -> str:
    return f"{at.astimezone(visit.zone):%H:%M:%S}"

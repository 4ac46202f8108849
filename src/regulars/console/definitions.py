"""Definitions of every kind: list, one with its versions, and the difference between two."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, definitions
from regulars.console.console import pages
from regulars.console.formats import brief
from regulars.console.parts import Column, Line, Tab, Tone
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, public_id

router = pages()
COLUMNS = (
    Column(title="What"),
    Column(title="Kind"),
    Column(title="State"),
    Column(title="Scope"),
    Column(title="Changed"),
)
VERSION_COLUMNS = (
    Column(title="Version"),
    Column(title="State"),
    Column(title="By"),
    Column(title="Saved"),
    Column(title="Published"),
    Column(title="Look", hidden_title=True),
)
# Where the thing itself is looked after; others have no page besides their definition.
HOMES = {"segment": "/segments", "campaign": "/campaigns", "programme": "/loyalty"}
TONES: dict[str, Tone] = {"live": "good", "draft": "live", "superseded": "quiet", "archived": "quiet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionList:
    asked: dict[str, str]
    kinds: tuple[tuple[str, str], ...]
    heads: tuple[definitions.Head, ...]
    titles: dict[str, str]  # Kind to its title.
    columns: tuple[Column, ...]
    next_href: str
    first_href: str
    may_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionPage:
    kind: str
    kind_title: str
    shown: definitions.Definition[Any]
    tone: Tone
    sentence: str
    text: str  # The body as YAML.
    tabs: tuple[Tab, ...]
    tab: str
    versions: tuple[definitions.Definition[Any], ...]
    columns: tuple[Column, ...]
    tones: dict[str, Tone]
    users: tuple[definitions.User, ...]
    lines: tuple[Line, ...]
    against: int | None  # The version compared with.
    findings: tuple[Finding, ...]
    preview: definitions.Preview | None  # What publishing the draft would do.
    publish: access.Decision
    draft: access.Decision
    archive: access.Decision
    may_take_on: bool
    home: str  # The page where the thing itself is looked after, where there is one.
    current_etag: str  # Of what stands now, draft before live; empty when nothing does.


@router.get("/definitions")
def heads(
    visit: Visiting, kind: str = "", state: str = "", q: str = "", cursor: str | None = None
) -> Response:
    access.require(visit.actor, "definitions.view")
    asked = {"kind": kind, "state": state, "q": q}
    with visit.app.database.transaction() as tx:
        found = definitions.heads(
            tx,
            kind=kind if kind in visit.app.kinds else None,
            state=state if state in {"live", "draft", "archived", "all"} else None,  # type: ignore[arg-type]
            search=q or None,
            cursor=cursor,
        )
    value = DefinitionList(
        asked=asked,
        kinds=(("", "Every kind"), *((one.name, one.plural) for one in visit.app.kinds)),
        heads=found.items,
        titles={one.name: one.title for one in visit.app.kinds},
        columns=COLUMNS,
        next_href=_href(asked, found.next) if found.next else "",
        first_href=_href(asked, None) if cursor else "",
        may_draft=any(
            access.allows(visit.actor, "definitions.draft", kind=one.name).outcome == "yes"
            for one in visit.app.kinds
        ),
    )
    return page(visit, "definitions/list.html", value)


@router.get("/definitions/{kind}/{key}")
def definition(
    visit: Visiting,
    kind: str,
    key: str,
    version: int | None = None,
    against: int | None = None,
    tab: str = "what",
) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        value = _page_of(tx, visit, kind, key, version=version, against=against, tab=tab)
    return page(visit, "definitions/definition.html", value)


@router.post("/definitions/{kind}/{key}/publish")
def publish(
    visit: Visiting, kind: str, key: str, etag: Annotated[str, Form()], note: Annotated[str, Form()] = ""
) -> Response:
    """Publish the draft that was looked at; above one's level it becomes a request."""
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        done = definitions.publish(
            tx, visit.actor, visit.app.kinds.kind(kind), key, at=at, etag=etag, note=note.strip() or None
        )
    return _told(visit, done, f"/definitions/{kind}/{key}")


@router.post("/definitions/{kind}/{key}/archive")
def archive(visit: Visiting, kind: str, key: str, confirm: Annotated[str, Form()] = "") -> Response:
    if confirm.strip() != key:
        raise Invalid(f"To take it out of use, type exactly {key}; {confirm[:60]!r} was typed.")
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        done = definitions.archive(tx, visit.actor, visit.app.kinds.kind(kind), key, at=at)
    return _told(visit, done, f"/definitions/{kind}/{key}")


@router.post("/definitions/{kind}/{key}/restore")
def restore(
    visit: Visiting, kind: str, key: str, version: Annotated[int, Form()], etag: Annotated[str, Form()] = ""
) -> Response:
    """Make an old version the draft."""
    with visit.app.database.transaction() as tx:
        definitions.restore(
            tx, visit.actor, visit.app.kinds.kind(kind), key, version, at=visit.app.now(tx), etag=etag or None
        )
    return redirect(visit, f"/definitions/{kind}/{key}", f"Version {version} is the draft now.")


@router.post("/definitions/{kind}/{key}/discard")
def discard(visit: Visiting, kind: str, key: str, etag: Annotated[str, Form()]) -> Response:
    with visit.app.database.transaction() as tx:
        at = visit.app.now(tx)
        gone = definitions.discard_draft(tx, visit.actor, visit.app.kinds.kind(kind), key, at=at, etag=etag)
    said = f"The draft is discarded. It stays as version {gone.version} and can be restored."
    return redirect(visit, f"/definitions/{kind}/{key}?tab=versions", said, tone="quiet")


@router.post("/definitions/{kind}/{key}/take-on")
def take_on(visit: Visiting, kind: str, key: str) -> Response:
    with visit.app.database.transaction() as tx:
        definitions.take_on(tx, visit.actor, visit.app.kinds.kind(kind), key, at=visit.app.now(tx))
    return redirect(visit, f"/definitions/{kind}/{key}", "You answer for this draft now.")


def _page_of(
    tx: Tx, visit: Visit, kind_name: str, key: str, *, version: int | None, against: int | None, tab: str
) -> DefinitionPage:
    kind = visit.app.kinds.kind(kind_name)
    shown = definitions.get(tx, kind, key, version)
    every = tuple(definitions.versions(tx, kind, key))
    other = _other(every, shown, against)
    here = f"/definitions/{kind_name}/{key}"
    at = f"{here}?version={shown.version}"
    drafted = shown.state == "draft"
    lines = _lines(other, shown) if other else ()
    draft = access.allows(visit.actor, "definitions.draft", kind=kind_name, scope=shown.scope)
    take_on = access.allows(visit.actor, "definitions.take_on", kind=kind_name, scope=shown.scope)
    changed = len(lines) if other else None
    tabs = (
        Tab(title="What it says", href=at, active=tab == "what"),
        Tab(
            title="What changed",
            href=f"{at}&tab=diff",
            active=tab == "diff",
            count=changed,
        ),
        Tab(title="Versions", href=f"{at}&tab=versions", active=tab == "versions", count=len(every)),
    )
    return DefinitionPage(
        kind=kind_name,
        kind_title=kind.title,
        shown=shown,
        tone=TONES[shown.state],
        sentence=kind.said(shown.body),
        text=definitions.dump_yaml(definitions.canonical(shown.body)),
        tabs=tabs,
        tab=tab,
        versions=every,
        columns=VERSION_COLUMNS,
        tones=TONES,
        users=tuple(definitions.used_by(tx, kind_name, key)),
        lines=lines,
        against=other.version if other else None,
        findings=tuple(definitions.validate(tx, kind, shown)) if drafted else (),
        preview=definitions.preview(tx, kind, shown, visit.app.now(tx)) if drafted else None,
        publish=access.allows(visit.actor, "definitions.publish", kind=kind_name, scope=shown.scope),
        draft=draft,
        archive=access.allows(visit.actor, "definitions.archive", kind=kind_name, scope=shown.scope),
        may_take_on=take_on.outcome == "yes" and draft.outcome == "yes" and not draft.assisted,
        home=f"{HOMES[kind_name]}/{key}" if kind_name in HOMES and any(v.published_at for v in every) else "",
        current_etag=next((v.etag for s in ("draft", "live") for v in every if v.state == s), ""),
    )


def _other(
    every: tuple[definitions.Definition[Any], ...], shown: definitions.Definition[Any], against: int | None
) -> definitions.Definition[Any] | None:
    """The version asked for, else the live one before a draft, else the one before."""
    if against is not None:
        return next((one for one in every if one.version == against), None)
    older = [one for one in every if one.version < shown.version]
    live = next((one for one in older if one.state == "live"), None)
    return live or (older[0] if older else None)


def _lines(before: definitions.Definition[Any], after: definitions.Definition[Any]) -> tuple[Line, ...]:
    return tuple(
        Line(
            path=one.path,
            before=None if one.before is None else brief(one.before),
            after=None if one.after is None else brief(one.after),
        )
        for one in definitions.diff(before, after).differences
    )


def _told(visit: Visit, done: object, here: str) -> Response:
    if isinstance(done, definitions.Requested):
        to = f"/approvals/{public_id('apr', done.approval_id)}"
        return redirect(visit, to, f"{done.reason} It is asked for.", tone="waiting")
    if isinstance(done, definitions.Published):
        return redirect(visit, here, done.sentence)
    return redirect(visit, f"{here}?tab=versions", "It is out of use now. Any version can be restored.")


def _href(asked: Mapping[str, str], cursor: str | None) -> str:
    kept = {name: text for name, text in asked.items() if text}
    return "/definitions?" + urlencode(kept | ({"cursor": cursor} if cursor else {}))

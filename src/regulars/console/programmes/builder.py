"""Building a programme: a change sends the whole form and gets it back rebuilt; the server keeps nothing."""

import secrets
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.responses import Response

from regulars import access, definitions
from regulars.console.campaign_form import slug
from regulars.console.console import pages
from regulars.console.loyalty_places import loyalty_places
from regulars.console.parts import Tab
from regulars.console.programmes.drawing import draw
from regulars.console.programmes.judging import at_blanks, judge
from regulars.console.programmes.pen import Drawn
from regulars.console.programmes.saving import save
from regulars.console.programmes.vocabulary import vocabulary
from regulars.console.programmes.work import Work, done, work_of
from regulars.console.ready_made import Start, start_called, starts
from regulars.console.security import FIELDS_MAX
from regulars.console.segments.builder import Menu, menu
from regulars.console.segments.saving import Saved
from regulars.console.segments.suggestions import Vocabulary
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding
from regulars.loyalty import PROGRAMME

router = pages()
TEMPLATE = "loyalty/builder.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    places: tuple[Tab, ...]
    starts: tuple[Start, ...]
    decision: access.Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    work: Work
    drawn: Drawn
    sentences: tuple[str, ...]
    findings: tuple[Finding, ...]
    errors: dict[str, str]
    saved: Saved
    forbidden: str

    @property
    def new(self) -> bool:
        return not self.work.etag

    @property
    def title(self) -> str:
        return self.work.name or "New programme"

    @property
    def conditions(self) -> tuple[Menu, ...]:
        """What can be asked of customers."""
        return menu()


async def posted(visit: Visiting) -> FormData:
    return await visit.request.form(max_fields=FIELDS_MAX)


Posted = Annotated[FormData, Depends(posted)]


@router.get("/loyalty/programmes/new")
def new(visit: Visiting, start: str | None = None, like: str = "") -> Response:
    """Choose what to begin with, or begin: with a ready-made one, a copy, or nothing."""
    access.require(visit.actor, "loyalty.view")
    if like:
        with visit.app.database.transaction() as tx:
            body = definitions.canonical(definitions.get(tx, PROGRAMME, like).body)
        return _begun(visit, {**body, "name": f"{body['name']} (copy)"})
    if start is None:
        decision = access.allows(visit.actor, "definitions.draft", kind=PROGRAMME.name)
        every = starts(PROGRAMME, visit.app.zone)
        with visit.app.database.transaction() as tx:
            value = Starts(places=loyalty_places("programmes", tx), starts=every, decision=decision)
        return page(visit, "loyalty/new.html", value)
    found = start_called(PROGRAMME, visit.app.zone, start)
    return _begun(visit, found.body if found.key else empty(visit.app.zone))


@router.get("/loyalty/{key}/edit")
def edit(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        found = definitions.get(tx, PROGRAMME, key)
        work = Work(
            key=key,
            etag=found.etag if found.state in ("draft", "live") else "",
            editing=secrets.token_hex(8),
            tree=definitions.canonical(found.body),
        )
        saved = Saved(words=f"Draft, saved by {found.author}." if found.state == "draft" else "")
        return page(visit, TEMPLATE, judged(tx, visit, work, saved, vocabulary(tx, visit)))


@router.post("/loyalty/programmes/build")
def build(visit: Visiting, form: Posted) -> Response:
    """The builder again: with what was typed, after the step that a button asked for."""
    access.require(visit.actor, "loyalty.view")
    do = str(form.get("do", "look"))
    with visit.app.database.transaction() as tx:
        known = vocabulary(tx, visit)
        work = work_of(form, known)
        if do != "save" and not do.startswith("over "):
            return page(visit, TEMPLATE, judged(tx, visit, done(work, do, known), Saved(), known))
    saved = save(visit, _keyed(replace(work, etag=do.partition(" ")[2] or work.etag)))
    if saved.done:
        return redirect(visit, f"/loyalty/{saved.key}/draft", "The draft is saved. Nothing has gone live.")
    return _again(visit, work, saved, status=409 if saved.theirs else 422)


@router.post("/loyalty/programmes/keep")
def keep(visit: Visiting, form: Posted) -> Response:
    """Save the draft beside the work; what cannot be saved yet stays in the form."""
    with visit.app.database.transaction() as tx:
        work = work_of(form, vocabulary(tx, visit))
    saved = save(visit, _keyed(work)) if work.name else Saved(words="Saves itself once it has a name.")
    response = _again(visit, work, saved)
    if saved.key and not work.etag:
        response.headers["HX-Replace-Url"] = f"/loyalty/{saved.key}/edit"
    return response


def empty(zone: str) -> dict[str, Any]:
    points = {"code": "points", "name": "points"}
    return {"name": "", "legal_entity": "", "zone": zone, "currencies": [points], "earning": []}


def judged(tx: Tx, visit: Visit, work: Work, saved: Saved, known: Vocabulary) -> Builder:
    plain = judge(tx, work.tree, work.key)
    found = at_blanks(plain, draw(work.tree, known))
    decision = access.allows(visit.actor, "definitions.draft", kind=PROGRAMME.name)
    return Builder(
        work=work,
        drawn=draw(work.tree, known, found.findings),
        sentences=found.sentences,
        findings=found.findings,
        errors=dict(saved.errors),
        saved=saved,
        forbidden="" if decision.outcome == "yes" else decision.reason,
    )


def _begun(visit: Visit, body: dict[str, Any]) -> Response:
    work = Work(tree=body, editing=secrets.token_hex(8))
    with visit.app.database.transaction() as tx:
        return page(visit, TEMPLATE, judged(tx, visit, work, Saved(), vocabulary(tx, visit)))


def _again(visit: Visit, work: Work, saved: Saved, *, status: int = 200) -> Response:
    after = replace(work, key=saved.key or work.key, etag=saved.etag or work.etag)
    with visit.app.database.transaction() as tx:
        value = judged(tx, visit, after, saved, vocabulary(tx, visit))
        return page(visit, TEMPLATE, value, status=status)


def _keyed(work: Work) -> Work:
    return work if work.etag else replace(work, key=work.key or slug(work.name))

"""Building a segment: a change sends the whole form and gets it back rebuilt; the server keeps nothing."""

import json
import secrets
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.responses import Response

from regulars import access, conditions, definitions
from regulars.conditions import SOURCES
from regulars.console.campaign_form import slug
from regulars.console.console import pages
from regulars.console.parts import Line as DiffLine
from regulars.console.ready_made import start_called
from regulars.console.security import FIELDS_MAX
from regulars.console.segments import kinds
from regulars.console.segments.doubting import empty, unseen
from regulars.console.segments.drawing import Drawing, draw, inputs
from regulars.console.segments.saving import Saved, save
from regulars.console.segments.sizing import Sized, sized
from regulars.console.segments.suggestions import DataVocabulary, Vocabulary
from regulars.console.segments.tree import MISSING, Tree, at, path_of
from regulars.console.segments.typed import EVERYBODY, Typed, done, tree_of, typed_of
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding, Invalid
from regulars.segments import SEGMENT, SegmentBody

router = pages()
UNFILLED = "console.unfilled"
TEMPLATE = "segments/builder.html"
GROUPS = (("any", "A group: at least one of"), ("all", "A group: all of"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    title: str
    kinds: tuple[tuple[str, str], ...]  # What the button sends, and its words.


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    title: str
    typed: Typed
    drawing: Drawing
    menu: tuple[Menu, ...]
    sentence: str
    findings: tuple[Finding, ...]
    doubts: tuple[Finding, ...]
    errors: dict[str, str]
    saved: Saved
    size: Sized | None = None  # None until it is asked for.
    forbidden: str = ""

    @property
    def new(self) -> bool:
        return not self.typed.etag

    @property
    def labels(self) -> dict[str, str]:
        """What each field is called, by its place."""
        return {one.name: one.label for one in inputs(self.drawing.root)}

    @property
    def theirs(self) -> tuple[DiffLine, ...]:
        return self.saved.theirs


async def posted(visit: Visiting) -> FormData:
    return await visit.request.form(max_fields=FIELDS_MAX)


Posted = Annotated[FormData, Depends(posted)]


@router.get("/segments/new")
def new(visit: Visiting, like: str = "", start: str = "", name: str = "", condition: str = "") -> Response:
    """Begin with nothing, with a copy of another, a ready-made one, or a condition that a page offers."""
    access.require(visit.actor, "definitions.view")
    typed = Typed(name=name[:200], tree=_begun(condition), editing=secrets.token_hex(8))
    with visit.app.database.transaction() as tx:
        if like:
            typed = _as_in(typed, definitions.get(tx, SEGMENT, like).body, copy=True)
        elif start:
            body = definitions.decode(SegmentBody, start_called(SEGMENT, visit.app.zone, start).body)
            typed = _as_in(typed, body)
        value = _judged(tx, visit, typed, Saved(), words(tx, visit))
        return page(visit, TEMPLATE, value)


@router.get("/segments/{key}/edit")
def edit(visit: Visiting, key: str) -> Response:
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        found = definitions.get(tx, SEGMENT, key)
        if found.body.condition is None:
            lists = f"/segments/{key}" if found.body.list else f"/definitions/segment/{key}/edit"
            return redirect(visit, lists)
        typed = Typed(
            name=found.body.name,
            key=key,
            description=found.body.description,
            etag=found.etag if found.state in ("draft", "live") else "",
            editing=secrets.token_hex(8),
            tree=tree_of(definitions.canonical(found.body)["condition"]),
        )
        saved = Saved(words=f"Draft, saved by {found.author}." if found.state == "draft" else "")
        return page(visit, TEMPLATE, _judged(tx, visit, typed, saved, words(tx, visit)))


@router.post("/segments/build")
def build(visit: Visiting, form: Posted) -> Response:
    """The builder again: with what was typed, after the step that a button asked for."""
    access.require(visit.actor, "definitions.view")
    do = str(form.get("do", "look"))
    saves = do == "save" or do.startswith("over ")
    with visit.app.database.transaction() as tx:
        vocabulary = words(tx, visit)
        typed = typed_of(form, vocabulary)
        if not saves:
            value = _judged(tx, visit, done(typed, do, vocabulary), Saved(), vocabulary)
            if not visit.wants("size"):
                whole = not visit.request.headers.get("HX-Request")
                return page(visit, TEMPLATE, _counted(visit, value) if whole else value)
    if not saves:  # The connection is given back before the count.
        return page(visit, TEMPLATE, _counted(visit, value))
    saved = save(visit, _named(replace(typed, etag=do.partition(" ")[2] or typed.etag)))
    if saved.done:
        return redirect(visit, f"/segments/{saved.key}", "The draft is saved. Nothing has gone live.")
    return _again(visit, typed, saved, status=409 if saved.theirs else 422)


@router.post("/segments/keep")
def keep(visit: Visiting, form: Posted) -> Response:
    """Save the draft beside the work; what cannot be saved yet stays in the form."""
    with visit.app.database.transaction() as tx:
        typed = typed_of(form, words(tx, visit))
    unnamed = Saved(words="Saves itself once it has a name.")
    saved = save(visit, _named(typed)) if typed.name.strip() else unnamed
    response = _again(visit, typed, saved)
    if saved.key and not typed.etag:
        response.headers["HX-Replace-Url"] = f"/segments/{saved.key}/edit"
    return response


def words(tx: Tx, visit: Visit) -> DataVocabulary:
    contacts = access.allows(visit.actor, "customers.view_contacts")
    return DataVocabulary(tx, sees_contacts=contacts.outcome == "yes")


def _again(visit: Visit, typed: Typed, saved: Saved, *, status: int = 200) -> Response:
    after = replace(typed, key=saved.key or typed.key, etag=saved.etag or typed.etag)
    with visit.app.database.transaction() as tx:
        value = _judged(tx, visit, after, saved, words(tx, visit))
        return page(visit, TEMPLATE, value, status=status)


def _as_in(typed: Typed, body: SegmentBody, *, copy: bool = False) -> Typed:
    tree = tree_of(definitions.canonical(body).get("condition") or EVERYBODY["condition"])
    name = f"{body.name} (copy)" if copy else body.name
    return replace(typed, name=name, description=body.description, tree=tree)


def _named(typed: Typed) -> Typed:
    return typed if typed.etag else replace(typed, key=typed.key or slug(typed.name))


def _judged(tx: Tx, visit: Visit, typed: Typed, saved: Saved, vocabulary: Vocabulary) -> Builder:
    asked = typed.tree["condition"]
    findings = tuple(in_words(one, typed.tree) for one in conditions.problems(asked, "condition"))
    sentence, doubts = "", empty(typed.tree)
    if not findings:
        body = body_of(typed)
        doubts += unseen(body.condition, vocabulary) if body.condition is not None else ()
        findings = tuple(SEGMENT.validate(body, definitions.LiveLookup(tx)))
        sentence = SEGMENT.sentence(body)
    decision = access.allows(visit.actor, "definitions.draft", kind=SEGMENT.name)
    return Builder(
        title=typed.name or "New segment",
        typed=typed,
        drawing=draw(typed.tree, vocabulary, findings, doubts),
        menu=menu(),
        sentence=sentence,
        findings=findings,
        doubts=doubts,
        errors=dict(saved.errors),
        saved=saved,
        forbidden="" if decision.outcome == "yes" else decision.reason,
    )


def _counted(visit: Visit, value: Builder) -> Builder:
    if value.findings:
        return value
    condition = body_of(value.typed).condition
    assert condition is not None
    return replace(value, size=sized(visit, condition, key=value.typed.key, editing=value.typed.editing))


def in_words(finding: Finding, asked: Tree) -> Finding:
    """A field that is empty is no mistake yet."""
    if at(asked, path_of(finding.path)) in ("", [], MISSING):
        return Finding(path=finding.path, code=UNFILLED, message="still to be filled in")
    return finding


def body_of(typed: Typed) -> SegmentBody:
    """Raises Invalid when the condition is unfinished."""
    condition = conditions.parse(typed.tree["condition"])
    return SegmentBody(name=typed.name.strip(), description=typed.description.strip(), condition=condition)


def _begun(condition: str) -> dict[str, Any]:
    if not condition:
        return EVERYBODY
    try:
        found = json.loads(condition)
    except ValueError as cause:
        text = "The address holds a condition that is no JSON. Begin with an empty one instead."
        raise Invalid(text, [Finding(path="condition", code="segments.unreadable", message=text)]) from cause
    return {"condition": found}


def menu() -> tuple[Menu, ...]:
    """What can be added, by what it is about."""

    def own(*families: str) -> tuple[tuple[str, str], ...]:
        return tuple((k.name, k.menu) for k in kinds.KINDS.values() if k.family in families and k.menu)

    def measured(*names: str) -> tuple[tuple[str, str], ...]:
        return tuple((f"measured:{n}", kinds.MEASURED.get(n, SOURCES[n].title.capitalize())) for n in names)

    told = [name for name in ("order", "order_line") if name in SOURCES]
    did = [name for name in ("event",) if name in SOURCES]
    others = [n for n in SOURCES if n not in (*told, *did, *kinds.TOLD_OTHERWISE)]
    menus = (
        Menu(title="Who they are", kinds=own("trait", "known")),
        Menu(title="What they bought", kinds=(*own("bought"), *measured(*told))),
        Menu(title="What they did", kinds=(*measured(*did), *own("did"))),
        Menu(title="Where they stand", kinds=(*own("belongs"), *measured(*others))),
        Menu(title="What they agreed to", kinds=own("agreed")),
        Menu(
            title="And",
            kinds=(*own("drawn"), ("any", "A group: at least one of"), ("all", "A group: all of")),
        ),
    )
    return tuple(menu for menu in menus if menu.kinds)

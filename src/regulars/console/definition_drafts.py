"""Drafting a definition as YAML: what it would mean beside it, every finding at its line, nothing lost."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Form
from starlette.responses import Response

from regulars import access, definitions
from regulars.console.console import pages
from regulars.console.definition_meaning import Found, Judged, Typed, at_line, judge, read
from regulars.console.formats import brief
from regulars.console.parts import Line
from regulars.console.ready_made import Start, start_called, starts
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import Forbidden, Invalid, Stale

router = pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    kind: str
    kind_title: str
    title: str
    new: bool
    typed: Typed
    judged: Judged
    found: tuple[Found, ...]
    errors: dict[str, str]  # Of the fields besides the text.
    problem: str
    looked: bool  # Somebody asked to see what it means.
    theirs: tuple[Line, ...]  # What somebody saved in between, against what was typed.
    assisted: str  # Why it is done under somebody's eye, if it is.
    action: str
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KindStarts:
    name: str
    title: str
    starts: tuple[Start, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPage:
    kinds: tuple[KindStarts, ...]
    others: tuple[tuple[str, str], ...]  # Kinds one may not draft, with the reason.


@router.get("/definitions/new")
def new(visit: Visiting, kind: str = "", start: str = "") -> Response:
    """Choose what to start from, or begin with what was chosen."""
    access.require(visit.actor, "definitions.view")
    if not kind:
        return page(visit, "definitions/new.html", _starts(visit))
    known = visit.app.kinds.kind(kind)
    access.require(visit.actor, "definitions.draft", kind=kind)
    began = start_called(known, visit.app.zone, start)
    typed = Typed(text=definitions.dump_yaml(began.body), key=began.key)
    return page(visit, "definitions/edit.html", _editor(visit, known, typed, looked=bool(began.key)))


@router.post("/definitions/new/{kind}")
def save_new(
    visit: Visiting,
    kind: str,
    text: Annotated[str, Form()] = "",
    key: Annotated[str, Form()] = "",
    scope: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    etag: Annotated[str, Form()] = "",
    do: Annotated[str, Form()] = "save",
) -> Response:
    typed = Typed(text=text, key=key.strip(), scope=scope, note=note[:300], etag=etag)
    return _answer(visit, visit.app.kinds.kind(kind), typed, save=do == "save")


@router.get("/definitions/{kind}/{key}/edit")
def edit(visit: Visiting, kind: str, key: str) -> Response:
    known = visit.app.kinds.kind(kind)
    with visit.app.database.transaction() as tx:
        found = definitions.get(tx, known, key)
        access.require(visit.actor, "definitions.draft", kind=kind, scope=found.scope)
    typed = Typed(
        text=definitions.dump_yaml(definitions.canonical(found.body)),
        key=key,
        scope=found.scope or "",
        etag=found.etag if found.state in ("draft", "live") else "",
    )
    return page(visit, "definitions/edit.html", _editor(visit, known, typed, found=found, looked=True))


@router.post("/definitions/{kind}/{key}/edit")
def save(
    visit: Visiting,
    kind: str,
    key: str,
    text: Annotated[str, Form()] = "",
    scope: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    etag: Annotated[str, Form()] = "",
    do: Annotated[str, Form()] = "save",
) -> Response:
    """Keep it as the draft, or only say what it would mean."""
    typed = Typed(text=text, key=key, scope=scope, note=note[:300], etag=etag)
    known = visit.app.kinds.kind(kind)
    with visit.app.database.transaction() as tx:
        found = definitions.get(tx, known, key)
    return _answer(visit, known, typed, save=do == "save", found=found)


@router.get("/definitions/{kind}/{key}/file")
def file(visit: Visiting, kind: str, key: str, version: int | None = None) -> Response:
    """One version as its file, the same as `regulars export` writes it."""
    access.require(visit.actor, "definitions.view")
    with visit.app.database.transaction() as tx:
        found = definitions.get(tx, visit.app.kinds.kind(kind), key, version)
    plain = {"kind": kind, "key": key, "scope": found.scope, "body": definitions.canonical(found.body)}
    headers = {"Content-Disposition": f'attachment; filename="{key}.yaml"', "Cache-Control": "no-store"}
    return Response(definitions.dump_yaml(plain), media_type="application/yaml", headers=headers)


def _answer(
    visit: Visit,
    kind: definitions.Kind[Any],
    typed: Typed,
    *,
    save: bool,
    found: definitions.Definition[Any] | None = None,
) -> Response:
    """The next page; whatever is wrong, what was typed comes back."""
    access.require(visit.actor, "definitions.draft", kind=kind.name)
    if not save:
        value = _editor(visit, kind, typed, found=found, looked=True)
        return page(visit, "definitions/edit.html", value, status=422 if value.judged.wrong else 200)
    try:
        with visit.app.database.transaction() as tx:
            saved = definitions.save_draft(
                tx,
                visit.actor,
                kind,
                typed.key,
                read(kind, typed.text),
                at=visit.app.now(tx),
                etag=typed.etag or None,
                scope=typed.place,
                note=typed.note.strip() or None,
            )
    except Invalid as error:
        value = _editor(visit, kind, typed, found=found, errors=_of_fields(error), problem=str(error))
        return page(visit, "definitions/edit.html", value, status=422)
    except Forbidden as error:
        value = _editor(visit, kind, typed, found=found, errors={"scope": str(error)}, problem=str(error))
        return page(visit, "definitions/edit.html", value, status=403)
    except Stale as error:
        return _told_stale(visit, kind, typed, error)
    said = f"Saved as version {saved.version}. Nothing has gone live."
    if saved.assisted:
        said += " It is marked as prepared under somebody's eye, until somebody who applies takes it on."
    return redirect(visit, f"/definitions/{kind.name}/{typed.key}", said)


def _of_fields(error: Invalid) -> dict[str, str]:
    return {one.path: one.message for one in error.findings if one.path in ("key", "scope")}


def _told_stale(visit: Visit, kind: definitions.Kind[Any], typed: Typed, error: Stale) -> Response:
    """Show what somebody saved in between; saving again from here builds on that."""
    with visit.app.database.transaction() as tx:
        every = definitions.versions(tx, kind, typed.key)
    theirs = next((v for state in ("draft", "live") for v in every if v.state == state), None)
    lines = tuple(
        Line(
            path=path,
            before=None if before is None else brief(before),
            after=None if after is None else brief(after),
        )
        for path, before, after in error.difference
    )
    began = replace(typed, etag=theirs.etag if theirs else "")
    value = _editor(visit, kind, began, found=theirs, problem=_stale_words(typed, theirs), theirs=lines)
    return page(visit, "definitions/edit.html", value, status=409)


def _stale_words(typed: Typed, theirs: definitions.Definition[Any] | None) -> str:
    if theirs is None:
        return "Somebody took it out of use while you wrote. Save again to make it anew from your text."
    if not typed.etag:
        return f"The key “{typed.key}” exists already: {theirs.author} saved it. Choose another."
    return f"{theirs.author} saved version {theirs.version} while you wrote. Your text is still here."


def _editor(
    visit: Visit,
    kind: definitions.Kind[Any],
    typed: Typed,
    *,
    found: definitions.Definition[Any] | None = None,
    errors: dict[str, str] | None = None,
    problem: str = "",
    looked: bool = False,
    theirs: tuple[Line, ...] = (),
) -> Editor:
    with visit.app.database.transaction() as tx:
        judged = judge(tx, kind, typed, found, at=visit.app.now(tx), actor=visit.actor)
    here = f"/definitions/{kind.name}/{typed.key}"
    decision = access.allows(visit.actor, "definitions.draft", kind=kind.name, scope=typed.place)
    return Editor(
        kind=kind.name,
        kind_title=kind.title,
        title=found.title if found else f"New {kind.title.lower()}",
        new=found is None,
        typed=typed,
        judged=judged,
        found=tuple(at_line(typed.text, one) for one in (*judged.wrong, *judged.hinders)),
        errors=errors or {},
        problem=problem,
        looked=looked,
        theirs=theirs,
        assisted=decision.reason if decision.assisted else "",
        action=f"{here}/edit" if found else f"/definitions/new/{kind.name}",
        back=here if found else "/definitions/new",
    )


def _starts(visit: Visit) -> NewPage:
    shown, others = [], []
    for kind in visit.app.kinds:
        decision = access.allows(visit.actor, "definitions.draft", kind=kind.name)
        if decision.outcome == "yes":
            every = starts(kind, visit.app.zone)
            shown.append(KindStarts(name=kind.name, title=kind.title, starts=every))
        else:
            others.append((kind.plural, decision.reason))
    return NewPage(kinds=tuple(shown), others=tuple(others))

"""Saving what is built as the draft: nothing of anybody's is lost, whoever saved in between."""

from dataclasses import dataclass
from typing import Any

from regulars import definitions
from regulars.conditions import Condition
from regulars.console.formats import brief
from regulars.console.parts import Line
from regulars.console.segments.typed import Typed
from regulars.console.visit import Visit
from regulars.db import Tx
from regulars.definitions import Definition
from regulars.kernel import Forbidden, Invalid, Stale
from regulars.segments import SEGMENT, SegmentBody


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What came of saving."""

    done: bool = False
    words: str = ""  # Beside the button.
    key: str = ""
    etag: str = ""
    problem: str = ""
    errors: tuple[tuple[str, str], ...] = ()  # By field.
    over: str = ""  # The etag of what somebody else saved, to save over it.
    theirs: tuple[Line, ...] = ()  # What somebody saved in between, against what was typed.


def save(visit: Visit, typed: Typed) -> Saved:
    if not typed.name.strip():
        return Saved(problem="Give it a name.", errors=(("name", "Give it a name."),))
    try:
        with visit.app.database.transaction() as tx:
            kept = _write(tx, visit, typed, _own_etag(tx, visit, typed))
    except Invalid as error:
        errors = tuple((one.path, one.message) for one in error.findings)
        places = any(path.startswith("condition") for path, _ in errors)
        problem = "Not saved while a field cannot be read: it is marked." if places else str(error)
        return Saved(problem=problem, words="Not saved.", errors=errors)
    except Forbidden as error:
        return Saved(problem=str(error), words="Not saved.")
    except Stale as error:
        return _stale(visit, typed, error)
    return Saved(done=True, words=f"Draft saved, version {kept.version}.", key=typed.key, etag=kept.etag)


def _write(tx: Tx, visit: Visit, typed: Typed, etag: str | None) -> Definition[SegmentBody]:
    body: dict[str, Any] = {
        "name": typed.name.strip(),
        "description": typed.description.strip(),
        "condition": typed.tree["condition"],
    }
    return definitions.save_draft(tx, visit.actor, SEGMENT, typed.key, body, at=visit.app.now(tx), etag=etag)


def _own_etag(tx: Tx, visit: Visit, typed: Typed) -> str | None:
    """The etag to build on: a draft that this very form saved before is no conflict with itself."""
    if not typed.etag:
        return None
    found = definitions.draft(tx, SEGMENT, typed.key)
    if found is None or found.etag == typed.etag or found.author != visit.actor.name:
        return typed.etag
    told = found.body.condition
    known = [_readable(one["condition"]) for one in (*typed.before, typed.tree, *typed.after)]
    return found.etag if told in known else typed.etag


def _readable(condition: Any) -> Condition | None:
    """The condition as a draft holds it, finished or not."""
    try:
        return definitions.decode(SegmentBody, {"name": "", "condition": condition}).condition
    except Invalid:
        return None


def _stale(visit: Visit, typed: Typed, error: Stale) -> Saved:
    """What they saved; only who saw it saves over it."""
    with visit.app.database.transaction() as tx:
        every = definitions.versions(tx, SEGMENT, typed.key)
    theirs = next((v for state in ("draft", "live") for v in every if v.state == state), None)
    lines = tuple(
        Line(
            path=str(path),
            before=None if before is None else brief(before),
            after=None if after is None else brief(after),
        )
        for path, before, after in error.difference
    )
    if theirs is None:
        problem = "Somebody took it out of use while you worked. Save again to make it anew."
        return Saved(problem=problem, words="Not saved.", key=typed.key)
    if not typed.etag:
        problem = f"“{theirs.title}” has the key {typed.key} already. Give yours another name or key."
        return Saved(problem=problem, words="Not saved.", errors=(("name", problem),))
    problem = f"{theirs.author} saved version {theirs.version} while you worked. Yours is still here."
    return Saved(problem=problem, words="Not saved.", key=typed.key, over=theirs.etag, theirs=lines)

"""Saving a programme that is being built as its draft: nothing of anybody's is lost."""

from typing import Any

from regulars import definitions
from regulars.console.formats import brief
from regulars.console.parts import Line
from regulars.console.programmes.work import Work
from regulars.console.segments.saving import Saved
from regulars.console.visit import Visit
from regulars.db import Tx
from regulars.kernel import Forbidden, Invalid, Stale
from regulars.loyalty import PROGRAMME, Programme

# Addresses of their own below /loyalty.
TAKEN = (
    "programmes",
    "members",
    "rewards",
    "vouchers",
    "redemptions",
    "reviews",
    "metrics",
    "codes",
    "gift-cards",
)


def save(visit: Visit, work: Work) -> Saved:
    problem = _unnamed(work)
    if problem:
        return Saved(problem=problem, words="Not saved.", errors=(("name", problem),))
    try:
        with visit.app.database.transaction() as tx:
            kept = definitions.save_draft(
                tx,
                visit.actor,
                PROGRAMME,
                work.key,
                work.tree,
                at=visit.app.now(tx),
                etag=_own(tx, visit, work),
            )
    except Invalid as error:
        errors = tuple((one.path, one.message) for one in error.findings)
        return Saved(
            problem="Not saved while a field cannot be read: it is marked.", words="Not saved.", errors=errors
        )
    except Forbidden as error:
        return Saved(problem=str(error), words="Not saved.")
    except Stale as error:
        return _stale(visit, work, error)
    return Saved(done=True, words=f"Draft saved, version {kept.version}.", key=work.key, etag=kept.etag)


def _unnamed(work: Work) -> str:
    if not work.name:
        return "Give it a name."
    if not work.etag and work.key in TAKEN:
        return f"“{work.name}” is the name of a page of this area. Give the programme another."
    return ""


def _own(tx: Tx, visit: Visit, work: Work) -> str | None:
    """The etag to build on: a draft that this very form saved before is no conflict with itself."""
    if not work.etag:
        return None
    found = definitions.draft(tx, PROGRAMME, work.key)
    if found is None or found.etag == work.etag or found.author != visit.actor.name:
        return work.etag
    known = [_readable(one) for one in (*work.before, work.tree, *work.after)]
    return found.etag if found.body in known else work.etag


def _readable(tree: dict[str, Any]) -> Programme | None:
    try:
        return definitions.decode(Programme, tree)
    except Invalid:
        return None


def _stale(visit: Visit, work: Work, error: Stale) -> Saved:
    """What they saved; only who saw it saves over it."""
    with visit.app.database.transaction() as tx:
        every = definitions.versions(tx, PROGRAMME, work.key)
    theirs = next((v for state in ("draft", "live") for v in every if v.state == state), None)
    if theirs is None:
        problem = "Somebody took it out of use while you worked. Save again to make it anew."
        return Saved(problem=problem, words="Not saved.", key=work.key)
    if not work.etag:
        problem = f"“{theirs.title}” has the key {work.key} already. Give yours another name."
        return Saved(problem=problem, words="Not saved.", errors=(("name", problem),))
    return Saved(
        problem=f"{theirs.author} saved version {theirs.version} while you worked. Yours is still here.",
        words="Not saved.",
        key=work.key,
        over=theirs.etag,
        theirs=tuple(_line(*one) for one in error.difference),
    )


def _line(path: str, before: Any, after: Any) -> Line:
    return Line(
        path=path,
        before=None if before is None else brief(before),
        after=None if after is None else brief(after),
    )

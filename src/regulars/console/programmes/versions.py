"""A programme's rules as sentences, its versions, and what one changed against another."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from regulars import access, loyalty
from regulars.console.console import pages
from regulars.console.loyalty import Top, top
from regulars.console.programmes.differing import Said, sentences_between
from regulars.console.visit import Visiting, page
from regulars.definitions import Definition, versions
from regulars.loyalty import PROGRAMME, Programme

router = pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesPage:
    top: Top
    sentences: tuple[str, ...]
    versions: tuple[Definition[Programme], ...]
    running: tuple[loyalty.VersionRun, ...]
    shown: int | None  # The version that is compared
    against: int | None  # with this one.
    changes: tuple[Said, ...]


@router.get("/loyalty/{key}/rules")
def rules(visit: Visiting, key: str, version: int | None = None, against: int | None = None) -> Response:
    """What it promises, and what one version changed against another."""
    access.require(visit.actor, "loyalty.view")
    with visit.app.database.transaction() as tx:
        every = tuple(versions(tx, PROGRAMME, key))
        shown = next((one for one in every if one.version == version), None)
        other = _compared(every, shown, against)
        value = RulesPage(
            top=top(tx, visit, key, "rules"),
            sentences=tuple(loyalty.sentences(loyalty.definition(tx, key))),
            versions=every,
            running=loyalty.programme_run(tx, key).versions,
            shown=shown.version if shown else None,
            against=other.version if other else None,
            changes=_changes(other, shown) if shown else (),
        )
    return page(visit, "loyalty/rules.html", value)


def _compared(
    every: Sequence[Definition[Programme]], shown: Definition[Programme] | None, against: int | None
) -> Definition[Programme] | None:
    """The version asked for, else the one that was published before."""
    if shown is None:
        return None
    if against is not None:
        return next((one for one in every if one.version == against), None)
    return next((one for one in every if one.version < shown.version and one.published_at), None)


def _changes(before: Definition[Programme] | None, after: Definition[Programme]) -> tuple[Said, ...]:
    told = loyalty.sentences(before.body) if before else []
    return sentences_between(told, loyalty.sentences(after.body))

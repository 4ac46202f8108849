"""The audit: who did what and when, with what was before and after where one may see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, audit
from regulars.console.console import pages
from regulars.console.formats import brief
from regulars.console.parts import Column, Line
from regulars.console.visit import Visiting, page
from regulars.kernel import parse_public_id

router = pages()
COLUMNS = (
    Column(title="When"),
    Column(title="Who"),
    Column(title="What"),
    Column(title="Of what"),
    Column(title="Changed"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditList:
    asked: dict[str, str]
    entries: tuple[audit.Entry, ...]
    columns: tuple[Column, ...]
    people: tuple[tuple[str, str], ...]
    next_href: str
    first_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    entry: audit.Entry
    lines: tuple[Line, ...]
    may_see_values: bool
    why_not: str


@router.get("/audit")
def entries(
    visit: Visiting,
    person: str = "",
    action: str = "",
    kind: str = "",
    subject: str = "",
    cursor: str | None = None,
) -> Response:
    access.require(visit.actor, "audit.view")
    asked = {"person": person, "action": action, "kind": kind, "subject": subject}
    with visit.app.database.transaction() as tx:
        found = audit.entries(
            tx,
            actor_id=parse_public_id("per", person) if person else None,
            action=action.strip() or None,
            subject_kind=kind.strip() or None,
            subject=subject.strip() or None,
            cursor=cursor,
        )
        everybody = access.people(tx)
    value = AuditList(
        asked=asked,
        entries=found.items,
        columns=COLUMNS,
        people=(("", "Everybody"), *((one.public_id, one.name) for one in everybody)),
        next_href=_href(asked, found.next) if found.next else "",
        first_href=_href(asked, None) if cursor else "",
    )
    return page(visit, "audit/list.html", value)


@router.get("/audit/{entry_id}")
def entry(visit: Visiting, entry_id: str) -> Response:
    access.require(visit.actor, "audit.view")
    values = access.allows(visit.actor, "audit.view_values")
    with visit.app.database.transaction() as tx:
        found = audit.entry(tx, parse_public_id("aud", entry_id))
    may_see = values.outcome == "yes"
    value = AuditEntry(
        entry=found,
        lines=lines_of(found.changed) if may_see else (),
        may_see_values=may_see,
        why_not=values.reason,
    )
    return page(visit, "audit/entry.html", value)


def lines_of(changed: Iterable[audit.Changed]) -> tuple[Line, ...]:
    return tuple(
        Line(
            path=one.path,
            before=None if one.what == "added" else brief(one.before),
            after=None if one.what == "removed" else brief(one.after),
        )
        for one in changed
    )


def _href(asked: dict[str, str], cursor: str | None) -> str:
    kept = {name: text for name, text in asked.items() if text}
    return "/audit?" + urlencode(kept | ({"cursor": cursor} if cursor else {}))

"""The audit: who did what and when, with what was before and after where one may see it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode

from starlette.responses import Response

from regulars import access, audit
from regulars.console.console import pages
from regulars.console.deeds import DEEDS, Subject, deed_words, subject_of
from regulars.console.formats import brief
from regulars.console.parts import Line
from regulars.console.visit import Visit, Visiting, page
from regulars.kernel import parse_public_id, public_id

router = pages()
ACTIONS = (
    ("", "Everything"),
    *sorted(
        ((action, words[0].upper() + words[1:]) for action, words in DEEDS.items()), key=lambda one: one[1]
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One deed, or the same deed several times in a row at one instant."""

    first: audit.Entry  # The newest of them.
    repeats: tuple[audit.Entry, ...]
    words: str
    subject: Subject
    own: bool  # Somebody did it to themselves, as signing in.
    timed: bool  # Whether it is the first of its instant, and so says the time.

    @property
    def count(self) -> int:
        return len(self.repeats) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditList:
    asked: dict[str, str]
    days: tuple[Day, ...]
    people: tuple[tuple[str, str], ...]
    actions: tuple[tuple[str, str], ...]
    may_see_values: bool
    next_href: str
    first_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    entry: audit.Entry
    words: str
    subject: Subject
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
        names = {one.public_id: one.name for one in access.people(tx)}
    value = AuditList(
        asked=asked,
        days=tuple(_days(visit, found.items, names)),
        people=(("", "Everybody"), *names.items()),
        actions=ACTIONS if action in dict(ACTIONS) else (*ACTIONS, (action, action)),
        may_see_values=access.allows(visit.actor, "audit.view_values").outcome == "yes",
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
        names = {one.public_id: one.name for one in access.people(tx)}
    may_see = values.outcome == "yes"
    value = AuditEntry(
        entry=found,
        words=deed_words(found.action),
        subject=subject_of(found.subject_kind, found.subject, visit.app.kinds, names),
        lines=lines_of(found.changed) if may_see else (),
        may_see_values=may_see,
        why_not=values.reason,
    )
    return page(visit, "audit/entry.html", value)


def lines_of(changed: Iterable[audit.Changed]) -> tuple[Line, ...]:
    return tuple(
        Line(
            path=one.path,
            before=None if one.what == "added" else _shown(one.before),
            after=None if one.what == "removed" else _shown(one.after),
        )
        for one in changed
    )


def _shown(value: object) -> str:
    return "nothing" if value is None else brief(value)


def _days(visit: Visit, found: Iterable[audit.Entry], names: dict[str, str]) -> Iterator[Day]:
    """The entries by the reader's day, newest first, with what repeats itself as one row."""
    for day, of_day in groupby(found, key=lambda one: one.at.astimezone(visit.zone).date()):
        rows: list[Row] = []
        told: datetime | None = None
        for _, same in groupby(of_day, key=_deed):
            first, *repeats = same
            rows.append(
                Row(
                    first=first,
                    repeats=tuple(repeats),
                    words=deed_words(first.action),
                    subject=subject_of(first.subject_kind, first.subject, visit.app.kinds, names),
                    own=first.subject_kind == "person"
                    and first.actor_id is not None
                    and first.subject == public_id("per", first.actor_id),
                    timed=first.at != told,
                )
            )
            told = first.at
        yield Day(title=f"{day:%A}, {day.day} {day:%B %Y}", rows=tuple(rows))


def _deed(one: audit.Entry) -> tuple[object, ...]:
    return (one.at, one.actor_id, one.actor_name, one.via, one.action, one.subject_kind, one.subject)


def _href(asked: dict[str, str], cursor: str | None) -> str:
    kept = {name: text for name, text in asked.items() if text}
    return "/audit?" + urlencode(kept | ({"cursor": cursor} if cursor else {}))

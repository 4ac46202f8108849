"""Groups and households: the list, and one with what is known of it and its people."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, customers
from regulars.console.console import pages
from regulars.console.customer_around import group_href
from regulars.console.customer_traits import masked_traits, plain, title_of
from regulars.console.formats import count_of
from regulars.console.landmarks import chip, why_masked
from regulars.console.parts import Chip, Column
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.customers import Group, GroupMember
from regulars.db import Tx
from regulars.kernel import Finding, Invalid, parse_public_id

router = pages()
COLUMNS = (
    Column(title="Group"),
    Column(title="Type"),
    Column(title="People", numeric=True),
    Column(title="Last told of", numeric=True),
)
PEOPLE_COLUMNS = (Column(title="Customer"), Column(title="What to do", hidden_title=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    group: Group
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupList:
    q: str
    type: str
    types: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    next_href: str
    first_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    chip: Chip
    id: str
    member: GroupMember


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage:
    group: Group
    text: str
    href: str
    traits: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    people: tuple[Person, ...]
    next_href: str
    first_href: str
    may_edit: bool
    why_not: str
    why_masked: str
    errors: dict[str, str]


@router.get("/groups")
def group_list(visit: Visiting, q: str = "", group_type: str = "", cursor: str = "") -> Response:
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        found = customers.groups(
            tx, group_type=group_type[:63] or None, search=q[:200], cursor=cursor or None
        )
        types = customers.group_types(tx)
    asked = {name: text for name, text in (("q", q), ("group_type", group_type)) if text}
    value = GroupList(
        q=q,
        type=group_type,
        types=(("", "Any type"), *((t.type, f"{title_of(t.type)} ({t.groups:,})") for t in types)),
        columns=COLUMNS,
        lines=tuple(Line(group=one, href=group_href(one.type, one.key)) for one in found.items),
        next_href=f"/groups?{urlencode(asked | {'cursor': found.next})}" if found.next else "",
        first_href=f"/groups?{urlencode(asked)}" if cursor else "",
    )
    return page(visit, "customers/groups.html", value)


@router.get("/groups/{group_type}/{key}")
def group(visit: Visiting, group_type: str, key: str, cursor: str = "") -> Response:
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        value = group_page(tx, visit, customers.group(tx, group_type, key), cursor)
    return page(visit, "customers/group.html", value)


def group_page(tx: Tx, visit: Visit, found: Group, cursor: str, wrong: Invalid | None = None) -> GroupPage:
    members = customers.group_members(tx, found.group_id, cursor or None)
    known = customers.by_ids(tx, [one.customer_id for one in members.items])
    href = group_href(found.type, found.key)
    may = access.allows(visit.actor, "customers.edit")
    shown = masked_traits(tx, visit, found.traits)
    return GroupPage(
        group=found,
        text=f"{title_of(found.type)} with {count_of(found.members, 'person', 'people')}.",
        href=href,
        traits=tuple((title_of(name), plain(value)) for name, value in sorted(shown.items())),
        columns=PEOPLE_COLUMNS,
        people=tuple(
            Person(chip=chip(known[one.customer_id]), id=known[one.customer_id].id, member=one)
            for one in members.items
            if one.customer_id in known
        ),
        next_href=f"{href}?{urlencode({'cursor': members.next})}" if members.next else "",
        first_href=href if cursor else "",
        may_edit=may.outcome == "yes",
        why_not="" if may.outcome == "yes" else may.reason,
        why_masked=why_masked(visit.actor),
        errors={finding.path: finding.message for finding in wrong.findings} if wrong else {},
    )


@router.post("/groups/{group_type}/{key}/people")
def add(visit: Visiting, group_type: str, key: str, who: Annotated[str, Form()]) -> Response:
    """Somebody by id, e-mail or whatever finds exactly one."""
    with visit.app.database.transaction() as tx:
        found = customers.group(tx, group_type, key)
        own = customers.find(tx, "user_id", who.strip()[:200])
        hits = (customers.get(tx, own),) if own else customers.search(tx, who[:200], limit=2).items
        if len(hits) != 1:
            word = "nobody" if not hits else "several people"
            message = f"{who[:80]!r} finds {word}; write an id or address that finds one."
            wrong = Invalid("Nobody was added.", [Finding(path="who", code="groups.who", message=message)])
            value = group_page(tx, visit, found, "", wrong)
            return page(visit, "customers/group.html", value, status=422)
        person = hits[0]
        customers.add_to_group(tx, visit.actor, group_type, key, [person.customer_id], at=visit.app.now(tx))
    said = f"{person.title} was added. The page shows it as soon as it has been read."
    return redirect(visit, group_href(group_type, key), said)


@router.post("/groups/{group_type}/{key}/people/{customer_id}/remove")
def remove(visit: Visiting, group_type: str, key: str, customer_id: str) -> Response:
    with visit.app.database.transaction() as tx:
        person = customers.get(tx, parse_public_id("cus", customer_id))
        customers.remove_from_group(
            tx, visit.actor, group_type, key, person.customer_id, at=visit.app.now(tx)
        )
    said = f"{person.title} was taken out. The page shows it as soon as it has been read."
    return redirect(visit, group_href(group_type, key), said)

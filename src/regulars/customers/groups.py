"""Groups and households: what is known of them and who belongs to them, as group events tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from psycopg.types.json import Jsonb

from regulars import access, log
from regulars.access import Actor
from regulars.customers.model import PREFIX
from regulars.customers.profile import get
from regulars.customers.provenance import atoms_of
from regulars.db import Query, Statements, Tx, maybe, rows, run, value
from regulars.kernel import Finding, Invalid, NotFound, Page, decode_cursor, encode_cursor, fold, public_id
from regulars.log import NewEvent, Span

LEFT = "Group Left"
TYPE_SIGNS_MAX, KEY_SIGNS_MAX = 63, 200
PAGE_SIZE = 50


class Sql(Statements, file="groups.sql"):
    tells: Query
    stage_told: Query
    know: Query
    keep: Query
    join_or_leave: Query
    stale: Query
    derive: Query
    unstage: Query
    get: Query
    page: Query
    types: Query
    members: Query
    groups_of: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    group_id: int
    type: str  # account, household, ...
    key: str
    name: str | None
    traits: dict[str, Any]
    members: int
    first_seen_at: datetime
    last_seen_at: datetime

    @property
    def title(self) -> str:
        return self.name or self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A group, as one of its people has it."""

    group_id: int
    type: str
    key: str
    name: str | None
    traits: dict[str, Any]
    since: datetime
    members: int

    @property
    def title(self) -> str:
        return self.name or self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMember:
    customer_id: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupType:
    type: str
    groups: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleGroup:
    group_id: int
    key: str
    traits: dict[str, Any]


def keep_groups(tx: Tx, span: Span) -> None:
    """Keep what a range of the log tells of groups and of who belongs to them."""
    if not value(tx, SQL.tells, after=span.after, to=span.to):
        return
    run(tx, SQL.stage_told, after=span.after, to=span.to)
    for statement in (SQL.know, SQL.keep, SQL.join_or_leave):
        run(tx, statement)
    stale = rows(tx, SQL.stale, StaleGroup)
    names = [_name(one.traits) for one in stale]
    run(
        tx,
        SQL.derive,
        ids=[one.group_id for one in stale],
        traits=[Jsonb(one.traits) for one in stale],
        names=names,
        searches=[fold(f"{name or ''} {one.key}") for name, one in zip(names, stale, strict=True)],
    )
    run(tx, SQL.unstage)


def _name(traits: Mapping[str, Any]) -> str | None:
    name = traits.get("name")
    return name.strip() or None if isinstance(name, str) else None


def group(tx: Tx, group_type: str, key: str) -> Group:
    """One group; raises NotFound."""
    found = maybe(tx, SQL.get, Group, type=group_type, key=key)
    if found is None:
        raise NotFound(f"There is no group {group_type[:80]}/{key[:80]}; put it, or send a group call.")
    return found


def groups(
    tx: Tx,
    *,
    group_type: str | None = None,
    search: str | None = None,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Group]:
    """A page of groups by type and key; `search` keeps those whose name or key holds it."""
    after = decode_cursor(cursor, (str, str)) if cursor else (None, None)
    found = rows(
        tx,
        SQL.page,
        Group,
        type=group_type,
        search=fold(search) or None if search else None,
        after_type=after[0],
        after_key=after[1],
        limit=limit + 1,
    )
    shown = found[:limit]
    more = encode_cursor(shown[-1].type, shown[-1].key) if len(found) > limit else None
    return Page(tuple(shown), more)


def group_types(tx: Tx) -> list[GroupType]:
    return rows(tx, SQL.types, GroupType)


def group_members(
    tx: Tx, group_id: int, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[GroupMember]:
    """A page of a group's people, by customer."""
    after = decode_cursor(cursor, (int,))[0] if cursor else 0
    found = rows(tx, SQL.members, GroupMember, group_id=group_id, after=after, limit=limit + 1)
    more = encode_cursor(found[limit - 1].customer_id) if len(found) > limit else None
    return Page(tuple(found[:limit]), more)


def groups_of(tx: Tx, customer_id: int) -> list[Belonging]:
    """The groups a customer belongs to, by type and key."""
    return rows(tx, SQL.groups_of, Belonging, atoms=atoms_of(tx, customer_id))


def put_group(
    tx: Tx, actor: Actor, group_type: str, key: str, traits: Mapping[str, Any], *, at: datetime
) -> None:
    """Tell traits of a group, which need not be known before; the reader of customers brings them in."""
    _tell(tx, actor, group_type, key, traits=traits, at=at)


def add_to_group(
    tx: Tx, actor: Actor, group_type: str, key: str, customer_ids: Sequence[int], *, at: datetime
) -> None:
    """Tell that customers belong to a group; who does already goes on to."""
    for customer_id in customer_ids:
        _tell(tx, actor, group_type, key, customer_id=customer_id, at=at)


def remove_from_group(
    tx: Tx, actor: Actor, group_type: str, key: str, customer_id: int, *, at: datetime
) -> None:
    """Tell that a customer no longer belongs to a group, with every atom of theirs."""
    group(tx, group_type, key)
    for atom_id in atoms_of(tx, customer_id):
        _tell(tx, actor, group_type, key, customer_id=atom_id, belongs=False, at=at)


def _tell(
    tx: Tx,
    actor: Actor,
    group_type: str,
    key: str,
    *,
    at: datetime,
    traits: Mapping[str, Any] | None = None,
    customer_id: int | None = None,
    belongs: bool = True,
) -> None:
    access.require(actor, "customers.edit")
    _check(group_type, key)
    person = get(tx, customer_id).customer_id if customer_id is not None and belongs else customer_id
    log.append(
        tx,
        [
            NewEvent(
                message_id=f"hand:{uuid4().hex}",
                type="group" if belongs else "track",
                name="group" if belongs else LEFT,
                occurred_at=at,
                properties={**(traits or {}), "type": group_type},
                customer_id=person,
                context={"groupId": key, "provenance": {"kind": "hand", "by": actor.name}},
                source="console" if actor.via == "console" else "api",
            )
        ],
    )
    access.recorded(
        tx,
        actor,
        "customers.edit",
        subject_kind="group",
        subject=f"{group_type}/{key}",
        before=None,
        after={
            **({"customer": public_id(PREFIX, person), "belongs": belongs} if person else {}),
            **({"traits": dict(traits)} if traits else {}),
        },
        at=at,
    )


def _check(group_type: str, key: str) -> None:
    findings = []
    for path, text, most in (("type", group_type, TYPE_SIGNS_MAX), ("key", key, KEY_SIGNS_MAX)):
        if not text.strip() or len(text) > most or "\0" in text or "/" in text:
            message = f"Write 1 to {most} signs without “/”; found {text[:80]!r}."
            findings.append(Finding(path=path, code="groups.name", message=message))
    if findings:
        raise Invalid("The group cannot be named so.", findings)

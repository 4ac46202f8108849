"""Saved views of the list of customers: filters and columns under a name, one's own or shared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from regulars import access
from regulars.access import Actor
from regulars.db import Query, Statements, Tx, maybe, one, rows, run
from regulars.kernel import Finding, Forbidden, Invalid, NotFound, parse_public_id, public_id

PREFIX = "view"
NAME_SIGNS_MAX, COLUMNS_MAX, FILTERS_MAX, TEXT_SIGNS_MAX = 80, 30, 30, 400


class Sql(Statements, file="saved_views.sql"):
    visible: Query
    get: Query
    no_default: Query
    put: Query
    drop: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    view_id: int
    owner_id: int
    owner_name: str
    name: str
    filters: dict[str, str]  # By the names they have in the address of the list.
    columns: list[str]
    shared: bool
    is_default: bool  # What its owner sees first.
    changed_at: datetime

    @property
    def id(self) -> str:
        return public_id(PREFIX, self.view_id)


def saved_views(tx: Tx, actor: Actor) -> list[SavedView]:
    """One's own views and those that others share, one's own first."""
    return rows(tx, SQL.visible, SavedView, person_id=actor.person_id or 0)


def saved_view(tx: Tx, actor: Actor, view: str) -> SavedView:
    """One view that the actor may see; raises NotFound."""
    number = parse_public_id(PREFIX, view)
    found = maybe(tx, SQL.get, SavedView, view_id=number, person_id=actor.person_id or 0)
    if found is None:
        raise NotFound(f"There is no view {view[:40]} for you; its owner may have deleted it.")
    return found


def save_view(
    tx: Tx,
    actor: Actor,
    name: str,
    filters: Mapping[str, str],
    columns: Sequence[str],
    *,
    at: datetime,
    shared: bool = False,
    is_default: bool = False,
) -> SavedView:
    """Keep a view; one of one's own with the same name is replaced."""
    access.require(actor, "customers.view")
    if actor.person_id is None:
        raise Forbidden("A view belongs to a person; the product itself has none.")
    name = name.strip()
    _check(name, filters, columns)
    if is_default:
        run(tx, SQL.no_default, person_id=actor.person_id)
    return one(
        tx,
        SQL.put,
        SavedView,
        person_id=actor.person_id,
        owner_name=actor.name,
        name=name,
        filters=Jsonb({key: value for key, value in filters.items() if value}),
        columns=list(columns),
        shared=shared,
        is_default=is_default,
        at=at,
    )


def delete_view(tx: Tx, actor: Actor, view: str) -> None:
    """Only its owner deletes a view."""
    found = saved_view(tx, actor, view)
    if not run(tx, SQL.drop, view_id=found.view_id, person_id=actor.person_id or 0):
        raise Forbidden(f"“{found.name}” belongs to {found.owner_name}, who alone can delete it.")


def _check(name: str, filters: Mapping[str, str], columns: Sequence[str]) -> None:
    findings = []
    if not name or len(name) > NAME_SIGNS_MAX or "\0" in name:
        message = f"Give the view a name of 1 to {NAME_SIGNS_MAX} signs."
        findings.append(Finding(path="name", code="views.name", message=message))
    texts = [*filters, *filters.values(), *columns]
    too_many = len(filters) > FILTERS_MAX or len(columns) > COLUMNS_MAX
    if too_many or any(len(text) > TEXT_SIGNS_MAX or "\0" in text for text in texts):
        message = f"A view has at most {FILTERS_MAX} filters and {COLUMNS_MAX} columns of short names."
        findings.append(Finding(path="columns", code="views.size", message=message))
    if findings:
        raise Invalid("The view cannot be saved.", findings)

"""Saved views of the list of customers: named, chosen, kept for oneself or for everybody, deleted."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import customers
from regulars.access import Actor
from regulars.console.console import pages
from regulars.console.parts import Tab
from regulars.console.visit import Visiting, redirect
from regulars.customers import SavedView
from regulars.db import Tx

router = pages()
FILTERS = ("q", "stage", "tier", "joined")
EVERYBODY = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    tabs: tuple[Tab, ...]
    present: SavedView | None
    mine: bool  # Whether the present one may be deleted.


def view_href(view: SavedView, **more: str) -> str:
    pairs = [*view.filters.items(), *(("column", key) for key in view.columns)]
    return f"/customers?{urlencode([*pairs, ('view', view.id), *more.items()])}"


def views_of(tx: Tx, actor: Actor, present: str) -> Views:
    """The tabs over the list, and the view it is in."""
    known = customers.saved_views(tx, actor)
    found = next((view for view in known if view.id == present), None)
    everybody = Tab(title="Everybody", href=f"/customers?view={EVERYBODY}", active=found is None)
    mine = found is not None and found.owner_id == actor.person_id
    return Views(
        tabs=(everybody, *(_tab(view, actor, active=view is found) for view in known)) if known else (),
        present=found,
        mine=mine,
    )


def _tab(view: SavedView, actor: Actor, *, active: bool) -> Tab:
    by = "" if view.owner_id == actor.person_id else f", by {view.owner_name}"
    return Tab(title=f"{view.name}{by}", href=view_href(view), active=active)


def default_href(tx: Tx, actor: Actor) -> str:
    """Where the list begins for somebody who asks for nothing; empty for everybody's list."""
    own = (v for v in customers.saved_views(tx, actor) if v.is_default and v.owner_id == actor.person_id)
    return next((view_href(view) for view in own), "")


@router.post("/customers/views")
def save(
    visit: Visiting,
    name: Annotated[str, Form()],
    address: Annotated[str, Form()] = "",
    shared: Annotated[str, Form()] = "",
    first: Annotated[str, Form()] = "",
) -> Response:
    """Keep the list as its address has it."""
    pairs = parse_qsl(address[:4_000].partition("?")[2])
    with visit.app.database.transaction() as tx:
        view = customers.save_view(
            tx,
            visit.actor,
            name,
            {key: value for key, value in pairs if key in FILTERS},
            [value for key, value in pairs if key == "column"],
            at=visit.app.now(tx),
            shared=bool(shared),
            is_default=bool(first),
        )
    told = "Everybody who sees customers can choose it." if view.shared else "Only you see it."
    return redirect(visit, view_href(view), f"Saved as “{view.name}”. {told}")


@router.post("/customers/views/{view}/delete")
def delete(visit: Visiting, view: str) -> Response:
    with visit.app.database.transaction() as tx:
        found = customers.saved_view(tx, visit.actor, view)
        customers.delete_view(tx, visit.actor, view)
    return redirect(visit, f"/customers?view={EVERYBODY}", f"The view “{found.name}” is deleted.")

"""Stores: the list, and describing one that orders name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, orders
from regulars.console.console import pages
from regulars.console.data.places import tabs
from regulars.console.parts import Column, Tab
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.kernel import Finding, parse_public_id
from regulars.orders import KnownStore, UnknownStore, UnreadableStore

router = pages()
UNKNOWN_DAYS = 91
FIELDS = (
    "name", "address", "city", "postcode", "country", "zone", "latitude", "longitude", "opened_on",
    "closed_on",
)  # fmt: skip
COLUMNS = (
    Column(title="Store"),
    Column(title="Place"),
    Column(title="Zone"),
    Column(title="Open"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreList:
    tabs: tuple[Tab, ...]
    asked: str
    rows: tuple[KnownStore, ...]
    unknown: tuple[UnknownStore, ...]
    may_edit: bool
    next_href: str
    first_href: str
    columns: tuple[Column, ...] = COLUMNS


@router.get("/data/stores")
def store_list(visit: Visiting, q: str = "", cursor: str = "") -> Response:
    access.require(visit.actor, "customers.view")
    asked = q[:200]
    with visit.app.database.transaction() as tx:
        found = orders.list_stores(tx, asked or None, cursor or None)
        since = visit.app.now(tx) - timedelta(days=UNKNOWN_DAYS)
        unknown = orders.unknown_stores(tx, since) if not cursor else []
    value = StoreList(
        tabs=tabs("/data/stores"),
        asked=asked,
        rows=found.items,
        unknown=tuple(unknown),
        may_edit=access.allows(visit.actor, "catalogue.edit").outcome == "yes",
        next_href=f"/data/stores?{urlencode({'q': asked, 'cursor': found.next})}" if found.next else "",
        first_href="/data/stores" if cursor else "",
    )
    return page(visit, "data/stores/list.html", value)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreForm:
    store: KnownStore | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    may_edit: bool = True

    def value(self, name: str) -> str:
        return self.typed.get(name, "")

    def error(self, name: str) -> str:
        return self.errors.get(name, "")


@router.get("/data/stores/new")
def new_store(visit: Visiting, key: str = "") -> Response:
    access.require(visit.actor, "catalogue.edit")
    return page(visit, "data/stores/edit.html", StoreForm(typed={"store_key": key[:200]}))


@router.get("/data/stores/{store_id}")
def one_store(visit: Visiting, store_id: str) -> Response:
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        found = orders.get_store(tx, parse_public_id("sto", store_id))
    typed = {name: _text(getattr(found, name)) for name in FIELDS}
    may_edit = access.allows(visit.actor, "catalogue.edit").outcome == "yes"
    return page(visit, "data/stores/edit.html", StoreForm(store=found, typed=typed, may_edit=may_edit))


def _text(value: object) -> str:
    return "" if value is None else str(value)


@router.post("/data/stores")
def save_store(
    visit: Visiting,
    store_key: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    address: Annotated[str, Form()] = "",
    city: Annotated[str, Form()] = "",
    postcode: Annotated[str, Form()] = "",
    country: Annotated[str, Form()] = "",
    zone: Annotated[str, Form()] = "",
    latitude: Annotated[str, Form()] = "",
    longitude: Annotated[str, Form()] = "",
    opened_on: Annotated[str, Form()] = "",
    closed_on: Annotated[str, Form()] = "",
) -> Response:
    access.require(visit.actor, "catalogue.edit")
    given = (name, address, city, postcode, country, zone, latitude, longitude, opened_on, closed_on)
    typed = {"store_key": store_key, **dict(zip(FIELDS, given, strict=True))}
    try:
        store = orders.store_of(typed)
    except UnreadableStore as wrong:
        return _refused(visit, typed, wrong)
    with visit.app.database.transaction() as tx:
        orders.put_stores(tx, [store], at=visit.app.now(tx))
        visit.record(tx, "stores.put", kind="catalogue", subject=store.store_key)
    return redirect(visit, "/data/stores", f"The store “{store.name or store.store_key}” is saved.")


def _refused(visit: Visit, typed: dict[str, str], wrong: UnreadableStore) -> Response:
    with visit.app.database.transaction() as tx:
        known = orders.stores_by_key(tx, [typed["store_key"].replace("\0", "")])
    findings = tuple(
        Finding(
            path="store_key" if f.path == "store_id" else f.path, code=f.code, message=f"This {f.message}"
        )
        for f in wrong.findings
    )
    form = StoreForm(
        store=known.get(typed["store_key"]),
        typed=typed,
        errors={f.path: f.message for f in findings},
        findings=findings,
    )
    return page(visit, "data/stores/edit.html", form, status=422)

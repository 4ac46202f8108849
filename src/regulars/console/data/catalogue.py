"""The catalogue: products by name, one product, and editing it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form
from starlette.responses import Response

from regulars import access, orders
from regulars.console.console import pages
from regulars.console.data.places import tabs
from regulars.console.formats import money, number
from regulars.console.parts import Column, Figure, Tab
from regulars.console.visit import Visit, Visiting, page, redirect
from regulars.db import Tx
from regulars.kernel import Finding, parse_public_id
from regulars.orders import KnownProduct, ProductFilters, UnreadableProduct

router = pages()
SEES_COSTS = frozenset({"finance", "marketing", "loyalty", "analysis", "system"})
FIELDS = (
    "name", "category", "department", "brand", "price", "cost", "currency", "stock", "image_url", "url",
    "variant_of",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    q: str = ""
    department: str = ""
    category: str = ""
    show: str = ""

    def href(self, **more: str) -> str:
        told = {name: getattr(self, name) for name in ("q", "department", "category", "show")} | more
        kept = {name: value for name, value in told.items() if value}
        return f"/data/catalogue?{urlencode(kept)}" if kept else "/data/catalogue"

    @property
    def narrowed(self) -> bool:
        return any((self.q.strip(), self.department, self.category, self.show))


SHOWN = (
    ("", "All products"),
    ("active", "Only what is sold"),
    ("inactive", "No longer sold"),
    ("unnamed", "Named by orders only"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    tabs: tuple[Tab, ...]
    asked: Asked
    figures: tuple[Figure, ...]
    rows: tuple[KnownProduct, ...]
    columns: tuple[Column, ...]
    departments: tuple[tuple[str, str], ...]
    costs: bool
    may_edit: bool
    next_href: str
    first_href: str
    shown: tuple[tuple[str, str], ...] = SHOWN


@router.get("/data/catalogue")
def catalogue(
    visit: Visiting, q: str = "", department: str = "", category: str = "", show: str = "", cursor: str = ""
) -> Response:
    access.require(visit.actor, "customers.view")
    asked = Asked(q=q[:200], department=department[:200], category=category[:400], show=show)
    with visit.app.database.transaction() as tx:
        value = _listed(tx, visit, asked, cursor)
    return page(visit, "data/catalogue/list.html", value)


def _listed(tx: Tx, visit: Visit, asked: Asked, cursor: str) -> Catalogue:
    filters = ProductFilters(
        text=asked.q or None,
        department=asked.department.replace("\0", "") or None,
        category=asked.category.replace("\0", "") or None,
        active={"active": True, "inactive": False}.get(asked.show),
        named=False if asked.show == "unnamed" else None,
    )
    found = orders.list_products(tx, filters, cursor or None)
    counted = orders.catalogue_figures(tx)
    costs = sees_costs(visit)
    return Catalogue(
        tabs=tabs("/data/catalogue"),
        asked=asked,
        figures=(
            Figure(label="Products", value=number(counted.products), note="known now"),
            Figure(label="Sold now", value=number(counted.active), note="not marked as ended"),
            Figure(label="With a price", value=number(counted.priced), note="known now"),
            Figure(
                label="Without a name",
                value=number(counted.unnamed),
                note="known from orders only",
                href="/data/catalogue?show=unnamed" if counted.unnamed else "",
            ),
        )
        if counted.products
        else (),
        rows=found.items,
        columns=_columns(costs=costs),
        departments=(("", "Any department"), *((one, one) for one in orders.departments(tx))),
        costs=costs,
        may_edit=_may_edit(visit),
        next_href=asked.href(cursor=found.next) if found.next else "",
        first_href=asked.href() if cursor else "",
    )


def _columns(*, costs: bool) -> tuple[Column, ...]:
    return (
        Column(title="Product"),
        Column(title="Category"),
        Column(title="Brand"),
        Column(title="Price", numeric=True),
        *((Column(title="Cost", numeric=True),) if costs else ()),
        Column(title="In stock", numeric=True),
    )


def sees_costs(visit: Visit) -> bool:
    """Whether what a product costs the company belongs to this person's work."""
    return bool(visit.actor.solo) or visit.actor.function in SEES_COSTS


def _may_edit(visit: Visit) -> bool:
    return access.allows(visit.actor, "catalogue.edit").outcome == "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPage:
    product: KnownProduct
    path: tuple[str, ...]
    facts: tuple[tuple[str, object], ...]
    attributes: tuple[tuple[str, str], ...]
    variants: tuple[KnownProduct, ...]
    parent: KnownProduct | None
    costs: bool
    may_edit: bool


@router.get("/data/catalogue/new")
def new_product(visit: Visiting) -> Response:
    access.require(visit.actor, "catalogue.edit")
    return page(visit, "data/catalogue/edit.html", ProductForm(costs=sees_costs(visit)))


@router.get("/data/catalogue/{product_id}")
def one_product(visit: Visiting, product_id: str) -> Response:
    access.require(visit.actor, "customers.view")
    with visit.app.database.transaction() as tx:
        found = orders.get_product(tx, parse_public_id("prd", product_id))
        parents = orders.products_by_key(tx, [found.variant_of] if found.variant_of else [])
        value = ProductPage(
            product=found,
            path=tuple(found.category_path or ()) or ((found.category,) if found.category else ()),
            facts=_facts(found, costs=sees_costs(visit)),
            attributes=tuple((name, _plain(one)) for name, one in sorted((found.attributes or {}).items())),
            variants=tuple(orders.variants(tx, found.product_key)),
            parent=parents.get(found.variant_of or ""),
            costs=sees_costs(visit),
            may_edit=_may_edit(visit),
        )
    return page(visit, "data/catalogue/product.html", value)


def _facts(product: KnownProduct, *, costs: bool) -> tuple[tuple[str, object], ...]:
    told = (
        ("Key", product.product_key),
        ("Brand", product.brand),
        ("Department", product.department),
        ("Price", money(product.price) if product.price else None),
        ("Cost", money(product.cost) if product.cost and costs else None),
        ("In stock", None if product.stock is None else f"{product.stock.normalize():f}"),
    )
    return tuple((name, value) for name, value in told if value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(_plain(one) for one in value) if isinstance(value, list) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductForm:
    product: KnownProduct | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    active: bool = True
    errors: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    costs: bool = False

    def value(self, name: str) -> str:
        return self.typed.get(name, "")

    def error(self, name: str) -> str:
        return self.errors.get(name, "")


@router.get("/data/catalogue/{product_id}/edit")
def edit_product(visit: Visiting, product_id: str) -> Response:
    access.require(visit.actor, "catalogue.edit")
    with visit.app.database.transaction() as tx:
        found = orders.get_product(tx, parse_public_id("prd", product_id))
    return page(visit, "data/catalogue/edit.html", _form(found, costs=sees_costs(visit)))


def _form(product: KnownProduct, *, costs: bool) -> ProductForm:
    typed = {
        "name": product.name,
        "category": " > ".join(product.category_path or ()) or product.category,
        "department": product.department,
        "brand": product.brand,
        "price": None if product.price is None else str(product.price.decimal),
        "cost": None if product.cost is None or not costs else str(product.cost.decimal),
        "currency": product.currency,
        "stock": None if product.stock is None else f"{product.stock.normalize():f}",
        "image_url": product.image_url,
        "url": product.url,
        "variant_of": product.variant_of,
    }
    return ProductForm(
        product=product,
        typed={name: value or "" for name, value in typed.items()},
        active=product.active is not False,
        costs=costs,
    )


@router.post("/data/catalogue")
def save_product(
    visit: Visiting,
    product_key: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    category: Annotated[str, Form()] = "",
    department: Annotated[str, Form()] = "",
    brand: Annotated[str, Form()] = "",
    price: Annotated[str, Form()] = "",
    cost: Annotated[str, Form()] = "",
    currency: Annotated[str, Form()] = "",
    stock: Annotated[str, Form()] = "",
    image_url: Annotated[str, Form()] = "",
    url: Annotated[str, Form()] = "",
    variant_of: Annotated[str, Form()] = "",
    active: Annotated[str, Form()] = "",
) -> Response:
    access.require(visit.actor, "catalogue.edit")
    costs = sees_costs(visit)
    given = (name, category, department, brand, price, cost if costs else "", currency, stock, image_url, url)
    typed = {"product_key": product_key, **dict(zip(FIELDS, (*given, variant_of), strict=True))}
    try:
        product = orders.product_of({**typed, "active": bool(active)})
    except UnreadableProduct as wrong:
        return _refused(visit, typed, wrong, active=bool(active))
    with visit.app.database.transaction() as tx:
        orders.put_products(tx, [product], at=visit.app.now(tx))
        visit.record(tx, "catalogue.put", kind="catalogue", subject=product.product_key)
        saved = orders.products_by_key(tx, [product.product_key])[product.product_key]
    return redirect(visit, f"/data/catalogue/{saved.id}", f"“{saved.title}” is saved.")


def _refused(visit: Visit, typed: dict[str, str], wrong: UnreadableProduct, *, active: bool) -> Response:
    with visit.app.database.transaction() as tx:
        known = orders.products_by_key(tx, [typed["product_key"].replace("\0", "")])
    # The form's field is named as the key is, whatever name the finding gives it.
    findings = tuple(
        Finding(path="product_key" if f.path == "product_id" else f.path, code=f.code, message=_said(f))
        for f in wrong.findings
    )
    form = ProductForm(
        product=known.get(typed["product_key"]),
        typed=typed,
        active=active,
        errors={f.path: f.message for f in findings},
        findings=findings,
        costs=sees_costs(visit),
    )
    return page(visit, "data/catalogue/edit.html", form, status=422)


def _said(finding: Finding) -> str:
    return f"This {finding.message}"

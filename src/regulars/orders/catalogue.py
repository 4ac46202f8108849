"""The catalogue: products as somebody tells them, put by key, found by key or by words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from psycopg.types.json import Jsonb

from regulars import log
from regulars.db import Query, Statements, Tx, copy_rows, maybe, one, rows, run, values
from regulars.kernel import (
    Finding,
    Invalid,
    Money,
    NotFound,
    Page,
    WallClock,
    decode_cursor,
    encode_cursor,
    fold,
    public_id,
)
from regulars.orders.link_hosts import keep_staged_hosts
from regulars.orders.told import Fields

PREFIX = "prd"
KEY_SIGNS_MAX = 200
URL_SIGNS_MAX = 2000
ATTRIBUTES_MAX = 100
PAGE_SIZE = 50


class UnreadableProduct(Invalid):
    """What was told of a product cannot be taken."""

    code: ClassVar[str] = "orders.unreadable_product"


class Sql(Statements, file="catalogue.sql"):
    make_table: Query
    tell_changed: Query
    put_products: Query
    fill_products: Query
    get_product: Query
    products_by_key: Query
    variants: Query
    list_products: Query
    catalogue_figures: Query
    departments: Query
    reported: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What is told of a product; None leaves what is known."""

    product_key: str
    name: str | None = None
    category: str | None = None
    category_path: Sequence[str] | None = None  # From the widest to the narrowest.
    department: str | None = None
    brand: str | None = None
    price_minor: int | None = None
    cost_minor: int | None = None
    currency: str | None = None  # Of price and cost.
    stock: Decimal | None = None
    image_url: str | None = None
    url: str | None = None
    variant_of: str | None = None  # Key of the product it is a variant of.
    active: bool | None = None
    attributes: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProduct(Product):
    product_id: int
    updated_at: datetime | None  # None while only orders or browsers have named it.

    @property
    def id(self) -> str:
        return public_id(PREFIX, self.product_id)

    @property
    def title(self) -> str:
        return self.name or f"Product {self.product_key}"

    @property
    def price(self) -> Money | None:
        return (
            None
            if self.price_minor is None or self.currency is None
            else Money(self.price_minor, self.currency)
        )

    @property
    def cost(self) -> Money | None:
        return (
            None
            if self.cost_minor is None or self.currency is None
            else Money(self.cost_minor, self.currency)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilters:
    """What the catalogue is narrowed to; None means no matter."""

    text: str | None = None
    department: str | None = None
    category: str | None = None
    brand: str | None = None
    active: bool | None = None
    named: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueFigures:
    products: int
    active: int
    unnamed: int  # Known from orders only.
    priced: int


def product_of(told: Mapping[str, Any]) -> Product:
    """Read a product from an event, a file's row or a request; raises UnreadableProduct with every finding.

    Numbers may be text. A category such as "Food > Dairy > Milk" gives its path.
    """
    fields = Fields(told, "orders.unreadable_product")
    key = fields.text("product_key", "product_id", "sku", "key", signs_max=KEY_SIGNS_MAX)
    if key is None and not fields.findings:
        fields.wrong("product_id", "is missing: give the product its key")
    currency = fields.currency()
    category, path = _category(fields)
    product = Product(
        product_key=key or "",
        name=fields.text("name", "title"),
        category=category,
        category_path=path,
        department=fields.text("department", signs_max=200),
        brand=fields.text("brand", "vendor", signs_max=200),
        price_minor=fields.minor(currency, "price"),
        cost_minor=fields.minor(currency, "cost"),
        currency=currency,
        stock=fields.decimal("stock", "inventory_quantity"),
        image_url=_web(fields, "image_url", "image"),
        url=_web(fields, "url"),
        variant_of=fields.text("variant_of", signs_max=KEY_SIGNS_MAX),
        active=fields.flag("active"),
        attributes=_attributes(fields),
    )
    if fields.findings:
        raise UnreadableProduct(_said(key, fields.findings), fields.findings)
    return product


def _said(key: str | None, findings: Sequence[Finding]) -> str:
    told = "; ".join(f"{one.path}: {one.message}" for one in findings)
    return f"Product {key!r} cannot be taken: {told}." if key else f"A product cannot be taken: {told}."


def _category(fields: Fields) -> tuple[str | None, tuple[str, ...] | None]:
    given = fields.told.get("category_path")
    if isinstance(given, list | tuple) and given:
        steps = tuple(str(step).strip()[:200] for step in given[:10])
    else:
        said = fields.text("category")
        steps = tuple(step.strip() for step in said.split(">")) if said else ()
    steps = tuple(step for step in steps if step)
    own = fields.text("category")
    if own and ">" not in own:
        return own, steps or None
    return (steps[-1] if steps else None), steps or None


def _web(fields: Fields, *names: str) -> str | None:
    """An address that a message may link to: never a script."""
    said = fields.text(*names, signs_max=URL_SIGNS_MAX)
    if said is None or said.startswith(("https://", "http://")):
        return said
    fields.wrong(fields.given(*names)[0], f"is not an address that begins with https://: found {said[:40]!r}")
    return None


def _attributes(fields: Fields) -> Mapping[str, Any] | None:
    given = fields.told.get("attributes")
    if given is None:
        return None
    if not isinstance(given, Mapping) or len(given) > ATTRIBUTES_MAX:
        fields.wrong("attributes", f"is not an object of at most {ATTRIBUTES_MAX} names")
        return None
    return given


def put_products(tx: Tx, products: Iterable[Product], *, at: datetime | None = None) -> int:
    """Add products, or change those known by their key; the last of a key wins. Gives how many it wrote.

    What is None stays as it was, so that the same again changes nothing.
    """
    return _staged(tx, products, SQL.put_products, at=at)


def fill_products(tx: Tx, products: Sequence[Product]) -> int:
    """Add products, or fill in only what nobody has said of them: for what browsers and orders tell."""
    told: dict[str, Product] = {}
    for product in products:
        known = told.get(product.product_key)
        told[product.product_key] = _filled(known, product) if known else product
    return _staged(tx, told.values(), SQL.fill_products) if told else 0


def _filled(known: Product, more: Product) -> Product:
    """What is known first stays, field by field; a price goes with its currency."""
    empty = {f.name: getattr(more, f.name) for f in fields(known) if getattr(known, f.name) is None}
    if known.currency is not None:
        empty.pop("price_minor", None)
    return replace(known, **empty)


def _staged(tx: Tx, products: Iterable[Product], merge: Query, **params: object) -> int:
    run(tx, SQL.make_table)
    copy_rows(
        tx,
        "pg_temp.product_staged",
        (
            "product_key", "name", "name_folded", "category", "category_path", "department", "brand",
            "brand_folded", "price_minor", "cost_minor", "currency", "stock", "image_url", "url",
            "variant_of", "active", "attributes",
        ),
        (
            (
                p.product_key, p.name, fold(p.name) if p.name else None, p.category,
                None if p.category_path is None else list(p.category_path), p.department, p.brand,
                fold(p.brand) if p.brand else None, p.price_minor, p.cost_minor, p.currency, p.stock,
                p.image_url, p.url, p.variant_of, p.active,
                None if p.attributes is None else Jsonb(dict(p.attributes)),
            )
            for p in products
        ),
    )  # fmt: skip
    now = log.clock(tx).now(WallClock().now())
    run(tx, SQL.tell_changed, fill=merge is SQL.fill_products, at=now)
    written = run(tx, merge, **params)
    if merge is SQL.put_products:
        keep_staged_hosts(tx)
    return written


def get_product(tx: Tx, product_id: int) -> KnownProduct:
    """One product; raises NotFound."""
    found = maybe(tx, SQL.get_product, KnownProduct, product_id=product_id)
    if found is None:
        raise NotFound(f"There is no product {public_id(PREFIX, product_id)}.")
    return found


def products_by_key(tx: Tx, keys: Sequence[str]) -> dict[str, KnownProduct]:
    """Many products at once; those that are not there are left out."""
    return {p.product_key: p for p in rows(tx, SQL.products_by_key, KnownProduct, keys=list(keys))}


def variants(tx: Tx, product_key: str) -> list[KnownProduct]:
    """The products that are variants of one, at most a hundred."""
    return rows(tx, SQL.variants, KnownProduct, product_key=product_key)


def list_products(
    tx: Tx, filters: ProductFilters | None = None, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[KnownProduct]:
    """A page of the catalogue by name; every word must stand in the name, the brand or the key."""
    by = filters or ProductFilters()
    found = rows(
        tx,
        SQL.list_products,
        KnownProduct,
        words=fold((by.text or "").replace("\0", "")).split() or None,
        department=by.department,
        category=by.category,
        brand=by.brand,
        active=by.active,
        named=by.named,
        after_id=decode_cursor(cursor, (int,))[0] if cursor else None,
        limit=limit + 1,
    )
    more = encode_cursor(found[limit - 1].product_id) if len(found) > limit else None
    return Page(tuple(found[:limit]), more)


def catalogue_figures(tx: Tx) -> CatalogueFigures:
    """How many products there are, and of how many what is known."""
    return one(tx, SQL.catalogue_figures, CatalogueFigures)


def departments(tx: Tx) -> list[str]:
    """The departments that products name, at most 200."""
    return values(tx, SQL.departments)

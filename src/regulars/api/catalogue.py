"""The catalogue: products looked up, and put many at once."""

from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from regulars import orders
from regulars.access import Actor
from regulars.api.calling import Calling, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import (
    Cursor,
    Flag,
    In,
    Instant,
    Limit,
    Line,
    Money,
    Out,
    Page,
    Text,
    id_in_path,
    id_type,
    money,
)
from regulars.kernel import Finding, Invalid, parse_public_id

router = resource("catalogue")
ITEMS_MAX = 2000
# Whose work takes what a product costs the company.
SEES_COSTS = frozenset({"finance", "marketing", "loyalty", "analysis", "system"})
DecimalText = Annotated[
    str,
    Field(
        pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$", description="A decimal number as text.", examples=["3.30"]
    ),
]
Address = Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s\x00]+$")]
Key = Annotated[Line, Field(min_length=1, pattern=r"\S")]


class Product(Out):
    id: Annotated[str, id_type("prd", "a product")]
    product_key: str = Field(description="The key the shop gave it.", examples=["tea-100"])
    name: str | None = Field(examples=["Green tea"])
    category: str | None = Field(examples=["Tea"])
    category_path: tuple[str, ...] | None = Field(examples=[["Food", "Drinks", "Tea"]])
    department: str | None
    brand: str | None
    price: Money | None
    cost: Money | None = Field(description="Null for who has no need of it.")
    stock: str | None = Field(description="As decimal text.", examples=["12"])
    image_url: str | None
    url: str | None
    variant_of: str | None = Field(description="Key of the product it is a variant of.", examples=[None])
    active: bool
    attributes: dict[str, Any] | None = Field(examples=[{"organic": True}])
    updated_at: Instant | None = Field(description="Null while only orders or browsers have named it.")


class ProductPut(In):
    product_key: Key = Field(examples=["tea-100"])
    name: Annotated[Text, Field(max_length=400)] | None = Field(default=None, examples=["Green tea"])
    category: Annotated[Text, Field(max_length=400)] | None = Field(
        default=None, description="May name its path.", examples=["Food > Drinks > Tea"]
    )
    department: Line | None = None
    brand: Line | None = None
    price: DecimalText | None = None
    cost: DecimalText | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = Field(default=None, examples=["USD"])
    stock: DecimalText | None = Field(default=None, examples=["12"])
    image_url: Address | None = Field(default=None, examples=["https://shop.example/tea.jpg"])
    url: Address | None = Field(default=None, examples=["https://shop.example/tea"])
    variant_of: Key | None = Field(default=None, examples=[None])
    active: bool | None = Field(default=None, examples=[True])
    attributes: dict[Line, Any] | None = Field(default=None, max_length=100, examples=[{"organic": True}])


class ProductsPut(In):
    products: tuple[ProductPut, ...] = Field(min_length=1, max_length=ITEMS_MAX, strict=False)


class Written(Out):
    written: int = Field(description="How many were written; of one key given twice the last counts.")


@router.get("/products", openapi_extra=permission("customers.view"))
def list_products(
    call: Calling,
    q: Annotated[Line | None, Query(description="Words of name, brand or key.")] = None,
    department: Line | None = None,
    category: Line | None = None,
    brand: Line | None = None,
    active: Flag | None = None,
    named: Annotated[Flag | None, Query(description="False: those that only an order has named.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Product]:
    """The catalogue by name."""
    with call.enter() as entered:
        filters = orders.ProductFilters(
            text=q, department=department, category=category, brand=brand, active=active, named=named
        )
        page = orders.list_products(entered.tx, filters, cursor, limit)
        costs = sees_costs(entered.actor)
        return Page(items=tuple(_product(one, costs=costs) for one in page.items), next=page.next)


@router.get("/products/{product}", openapi_extra=permission("customers.view"))
def get_product(call: Calling, product: Annotated[str, id_in_path("prd", "the product")]) -> Product:
    """One product."""
    with call.enter() as entered:
        found = orders.get_product(entered.tx, parse_public_id("prd", product))
        return _product(found, costs=sees_costs(entered.actor))


@router.put("/products", openapi_extra=permission("catalogue.edit"), responses=documented(400, 409, 413, 415))
def put_products(call: Calling, body: ProductsPut) -> Written:
    """Add products or change those known by their key, all or none; what is left out stays, twice is once."""
    with call.enter() as entered:
        read = _read(body)
        written = orders.put_products(entered.tx, read, at=entered.at)
        entered.record("catalogue.put", kind="catalogue", subject="products", after={"products": written})
        return Written(written=written)


def _read(body: ProductsPut) -> list[orders.Product]:
    read, findings = [], []
    for place, one in enumerate(body.products):
        try:
            read.append(orders.product_of(one.model_dump(exclude_none=True)))
        except orders.UnreadableProduct as wrong:
            findings += [
                Finding(path=f"products[{place}].{f.path}", code=f.code, message=f.message)
                for f in wrong.findings
            ]
    if findings:
        raise Invalid("Nothing was written: some products cannot be taken.", findings)
    return read


def sees_costs(actor: Actor) -> bool:
    return actor.solo or actor.function in SEES_COSTS


def _product(product: orders.KnownProduct, *, costs: bool) -> Product:
    price, cost = product.price, product.cost if costs else None
    return Product(
        id=product.id,
        product_key=product.product_key,
        name=product.name,
        category=product.category,
        category_path=None if product.category_path is None else tuple(product.category_path),
        department=product.department,
        brand=product.brand,
        price=money(price.minor, price.currency) if price else None,
        cost=money(cost.minor, cost.currency) if cost else None,
        stock=_text(product.stock),
        image_url=product.image_url,
        url=product.url,
        variant_of=product.variant_of,
        active=product.active is not False,
        attributes=None if product.attributes is None else dict(product.attributes),
        updated_at=product.updated_at,
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")

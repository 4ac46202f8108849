"""Listings of what was bought, of the catalogue and the stores, and of days that were compared."""

from collections.abc import Iterator, Sequence
from typing import Any

from regulars import orders
from regulars.db import Tx, value
from regulars.exports.listed_columns import (
    CURRENCY,
    CUSTOMER,
    PERIOD,
    SOURCE,
    amounts,
    flags,
    instants,
    integers,
    numbers,
    texts,
)
from regulars.exports.listed_statements import SQL
from regulars.exports.listing import Asked, Column, Filter, Listing, streamed
from regulars.kernel import parse_public_id

ORDER = Column(name="order_id", type="id", prefix="ord")
STATUS = Filter(name="status", title="State", choices=orders.STATUSES)
STORE = Filter(name="store", title="Store")
RECONCILIATION = Filter(name="reconciliation", title="Comparison", required=True)


def orders_top(tx: Tx) -> int:
    return int(value(tx, SQL.orders_top))


def compared_days(tx: Tx, asked: Asked) -> Iterator[Sequence[Sequence[Any]]]:
    number = parse_public_id("rec", asked.filter["reconciliation"])
    made = orders.get_reconciliation(tx, number)
    yield [
        (
            one.day,
            made.currency,
            one.ours_orders,
            one.ours.minor,
            one.theirs_orders,
            one.theirs.minor,
            one.orders_difference,
            one.difference.minor,
        )
        for one in orders.compare(tx, made).days
    ]


ORDERS = Listing(
    name="orders",
    title="Orders",
    text="Every order with its sums and what was given back.",
    permission="customers.view",
    columns=(
        ORDER,
        *texts("order_key"),
        CUSTOMER,
        *instants("occurred_at", "booked_at"),
        *texts("status", "store"),
        CURRENCY,
        *amounts("total", "discount", "subtotal", "shipping", "tax", "refunded", "net"),
        *integers("lines"),
        *texts("coupon", "source"),
        *instants("cancelled_at"),
        *flags("history"),
    ),
    rows=streamed(SQL.orders),
    filters=(Filter(name="q", title="Order"), STATUS, SOURCE, STORE, *PERIOD),
    top=orders_top,
)
ORDER_LINES = Listing(
    name="order-lines",
    title="Order lines",
    text="What was bought, a line each.",
    permission="customers.view",
    columns=(
        ORDER,
        *texts("order_key"),
        CUSTOMER,
        *instants("occurred_at"),
        *integers("line"),
        *texts("line_key", "product_key", "product", "variant"),
        *numbers("quantity"),
        CURRENCY,
        *amounts("total", "discount"),
        *numbers("refunded_quantity"),
        *amounts("refunded", "net"),
        *texts("status"),
    ),
    rows=streamed(SQL.order_lines),
    filters=(STATUS, SOURCE, STORE, *PERIOD),
    top=orders_top,
)
REFUNDS = Listing(
    name="refunds",
    title="Refunds",
    text="Money given back, a refund each.",
    permission="customers.view",
    columns=(
        *texts("order_key"),
        CUSTOMER,
        *texts("refund_key"),
        *instants("occurred_at"),
        CURRENCY,
        *amounts("told", "refunded"),
        *texts("source"),
        *flags("history"),
    ),
    rows=streamed(SQL.refunds),
    filters=PERIOD,
)
PRODUCTS = Listing(
    name="products",
    title="Catalogue",
    text="The products, with prices and stock; what they cost is not among it.",
    permission="customers.view",
    personal=False,
    columns=(
        *texts("product_key", "name", "department", "category"),
        Column(name="category_path", type="json"),
        *texts("brand"),
        CURRENCY,
        *amounts("price"),
        *numbers("stock"),
        *flags("active"),
        *texts("variant_of", "url", "image_url"),
        Column(name="attributes", type="json"),
    ),
    rows=streamed(SQL.products),
    filters=(
        Filter(name="department", title="Department"),
        Filter(name="category", title="Category"),
        Filter(name="active", title="Active", type="flag"),
    ),
)
STORES = Listing(
    name="stores",
    title="Stores",
    text="Where customers buy.",
    permission="customers.view",
    personal=False,
    columns=(
        *texts("store_key", "name", "address", "city", "postcode", "country", "zone"),
        *numbers("latitude", "longitude"),
        Column(name="opened_on", type="day"),
        Column(name="closed_on", type="day"),
    ),
    rows=streamed(SQL.stores),
)
RECONCILIATION_DAYS = Listing(
    name="reconciliation-days",
    title="Days compared with the shop's figures",
    text="Orders and sums of each day of a comparison, ours and theirs.",
    permission="orders.reconcile",
    personal=False,
    columns=(
        Column(name="day", type="day"),
        CURRENCY,
        *integers("ours_orders"),
        *amounts("ours"),
        *integers("theirs_orders"),
        *amounts("theirs"),
        *integers("orders_difference"),
        *amounts("difference"),
    ),
    rows=compared_days,
    filters=(RECONCILIATION,),
)
OF_SHOP = (ORDERS, ORDER_LINES, REFUNDS, PRODUCTS, STORES, RECONCILIATION_DAYS)

"""The sources of facts that are there before any other room has registered one."""

from regulars.conditions.source import Column, Source, register

TRACKED = "type in ('track', 'page', 'screen') and source <> 'regulars'"

EVENT = Source(
    name="event",
    title="events",
    one="event",
    verb="did",
    rows="select position, customer_id, occurred_at as at, name, properties as told from log.fact_event "
    f"where {TRACKED}",
    in_log=True,
    lake_rows=f"select customer_id, occurred_at as at, name, properties as told from events where {TRACKED}",
    lake_tables=("events",),
    by_atom=True,
    has_name=True,
    has_told=True,
    touched_by=("*",),
)
ORDER_COLUMNS = {
    "status": Column(type="text", title="status"),
    "currency": Column(type="text", title="currency"),
    "total_minor": Column(type="minor", title="value"),
    "net_minor": Column(type="minor", title="net value"),
    "discount_minor": Column(type="minor", title="discount"),
    "refunded_minor": Column(type="minor", title="refunded sum"),
    "store": Column(type="text", title="store"),
    "coupon": Column(type="text", title="coupon"),
    "source": Column(type="text", title="source"),
    "line_count": Column(type="number", title="number of lines"),
}
ORDER = Source(
    name="order",
    title="orders",
    one="order",
    verb="placed",
    rows=f"select customer_id, occurred_at as at, {', '.join(ORDER_COLUMNS)} from orders.fact_order "
    "where status <> 'cancelled'",
    lake_rows=f"select person_id as customer_id, occurred_at as at, {', '.join(ORDER_COLUMNS)} from orders "
    "where status <> 'cancelled'",
    lake_tables=("orders",),
    by_atom=False,
    columns=ORDER_COLUMNS,
    touched_by=(
        "Order Completed", "Order Updated", "Order Refunded", "Order Cancelled", "regulars.orders.*",
    ),
)  # fmt: skip
LINE_COLUMNS = {
    "product": Column(type="text", title="product"),
    "category": Column(type="text", title="category", of_catalogue=True),
    "department": Column(type="text", title="department", of_catalogue=True),
    "brand": Column(type="text", title="brand", of_catalogue=True),
    "variant": Column(type="text", title="variant"),
    "quantity": Column(type="number", title="quantity"),
    "net_minor": Column(type="minor", title="price paid"),
    "discount_minor": Column(type="minor", title="discount"),
    "currency": Column(type="text", title="currency"),
    "store": Column(type="text", title="store"),
}
ORDER_LINE = Source(
    name="order_line",
    title="products",
    one="product",
    verb="bought",
    rows="select purchase.customer_id, purchase.occurred_at as at, line.product_key as product, "
    "product.category, product.department, product.brand, line.variant, "
    "line.quantity::float8 as quantity, line.net_minor, line.discount_minor, purchase.currency, "
    "purchase.store from orders.fact_order as purchase "
    "inner join orders.fact_line as line on line.order_id = purchase.order_id "
    "inner join orders.fact_product as product on product.product_id = line.product_id "
    "where purchase.status <> 'cancelled'",
    lake_rows="select line.person_id as customer_id, line.occurred_at as at, line.product_key as product, "
    "product.category, product.department, product.brand, line.variant, line.quantity, line.net_minor, "
    "line.discount_minor, line.currency, purchase.store "
    "from order_lines as line "
    "inner join orders as purchase on purchase.order_id = line.order_id "
    "inner join catalogue as product on product.product_id = line.product_id "
    "where line.status <> 'cancelled'",
    lake_tables=("order_lines", "orders"),
    copies={
        "catalogue": "select product_id, category, department, brand from orders.fact_product",
    },
    by_atom=False,
    columns=LINE_COLUMNS,
    touched_by=ORDER.touched_by,
)
BUILT_IN = (EVENT, ORDER, ORDER_LINE)
register(*BUILT_IN)

# What leaves of their own ask; nobody measures it.
CONSENT = Source(
    name="customers_consent",
    title="consents",
    rows="select customer_id, channel, topic, given from customers.fact_consent",
    by_atom=False,
    has_moment=False,
    columns={
        "channel": Column(type="text", title=""),
        "topic": Column(type="text", title=""),
        "given": Column(type="boolean", title=""),
    },
)
WISH = Source(
    name="customers_wish",
    title="wishes",
    rows="select customer_id, about, given, until from customers.fact_wish",
    by_atom=False,
    has_moment=False,
    columns={
        "about": Column(type="text", title=""),
        "given": Column(type="boolean", title=""),
        "until": Column(type="instant", title=""),
    },
)
SAID = Source(
    name="customers_said",
    title="statements of consent",
    rows="select customer_id, channel, topic, given, occurred_at as at, position from customers.fact_said",
    by_atom=False,
    columns={
        "channel": Column(type="text", title=""),
        "topic": Column(type="text", title=""),
        "given": Column(type="boolean", title=""),
        "position": Column(type="number", title=""),
    },
)
TOLD = Source(
    name="customers_told",
    title="values of traits",
    rows="select customer_id, name, value as told, occurred_at as at, position from customers.fact_told "
    "where fits",
    by_atom=False,
    has_name=True,
    has_told=True,
    columns={"position": Column(type="number", title="")},
)
IDENTIFIED = Source(
    name="customers_identified",
    title="kinds of identifiers",
    rows="select customer_id, kind from customers.fact_identified",
    by_atom=True,
    has_moment=False,
    columns={"kind": Column(type="text", title="")},
)

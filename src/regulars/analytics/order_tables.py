"""Orders and their lines in the lake; the room of orders stands below and knows no lake."""

from regulars.analytics.table import Table

ORDERS = Table(
    name="orders",
    title="Orders",
    source="select *, atom_id as customer_id from (select order_id, order_key, atom_id, position, "
    "revised_position, revision, occurred_at, booked_at, store, currency, total_minor, discount_minor, "
    "line_count, status, history, source, refunded_minor, net_minor, subtotal_minor, shipping_minor, "
    "tax_minor, coupon, cancelled_at from orders.fact_order) as told",
    key="order_id",
    columns={
        "order_id": "bigint",
        "order_key": "text",
        "customer_id": "bigint",
        "position": "bigint",
        "revised_position": "bigint",
        "revision": "bigint",
        "occurred_at": "instant",
        "booked_at": "instant",
        "store": "text",
        "currency": "text",
        "total_minor": "bigint",
        "discount_minor": "bigint",
        "line_count": "bigint",
        "status": "text",
        "history": "boolean",
        "source": "text",
        "refunded_minor": "bigint",
        "net_minor": "bigint",
        "subtotal_minor": "bigint",
        "shipping_minor": "bigint",
        "tax_minor": "bigint",
        "coupon": "text",
        "cancelled_at": "instant",
    },
    watched=(("orders.purchase", "order_id"),),
)
ORDER_LINES = Table(
    name="order_lines",
    title="Order lines",
    source="select line.order_id, line.line, purchase.atom_id as customer_id, line.product_id, "
    "line.product_key, line.line_key, line.variant, line.quantity, line.total_minor, line.discount_minor, "
    "line.refunded_minor, line.net_minor, line.currency, line.position, line.occurred_at, line.booked_at, "
    "line.status, line.history from orders.fact_line as line "
    "inner join orders.fact_order as purchase on purchase.order_id = line.order_id",
    key="order_id",
    columns={
        "order_id": "bigint",
        "line": "bigint",
        "customer_id": "bigint",
        "product_id": "bigint",
        "product_key": "text",
        "line_key": "text",
        "variant": "text",
        "quantity": "number",
        "total_minor": "bigint",
        "discount_minor": "bigint",
        "refunded_minor": "bigint",
        "net_minor": "bigint",
        "currency": "text",
        "position": "bigint",
        "occurred_at": "instant",
        "booked_at": "instant",
        "status": "text",
        "history": "boolean",
    },
    # What stands of an order stands in its lines, too.
    watched=(("orders.line", "order_id"), ("orders.purchase", "order_id")),
)

"""Messages that say what somebody bought, and products by key: one statement for a whole batch."""

import msgspec
from psycopg import sql

from regulars import orders
from regulars.db import Database, run, values
from regulars.messaging import Sender, carry_on
from tests.integration.messaging.given import AT, HELLO, NAME, add_customers, queue, treat

BODY = msgspec.structs.replace(
    HELLO,
    subject="Again?",
    text=(
        "{% if last_order %}Order {{ last_order.id }}:{% for p in last_order.products %} {{ p.name }} {{ p.price }}"
        "{% endfor %}{% else %}Never{% endif %}; try {{ 'bread' | product: 'name' | default: 'bread' }}{{ unsubscribe_url }}"
    ),
    html=None,
)
ORDER = sql.SQL("""
    with bought as (
        insert into orders.purchase (
            order_key, customer_id, position, revised_position, revision, occurred_at, booked_at, currency,
            total_minor, discount_minor, line_count
        )
        select 'o-' || id, id, id, id, 1, %(at)s, %(at)s, 'USD', 199, 0, 1 from unnest(%(ids)s::bigint[]) as id
        returning order_id, customer_id
    )
    insert into orders.line (order_id, line, customer_id, product_id, total_minor, discount_minor)
    select order_id, 1, customer_id, product_id, 199, 0 from bought, orders.product where product_key = 'milk'
""")


def test_a_message_says_the_last_order_and_products_by_key(database: Database) -> None:
    with database.transaction() as tx:
        ann, bob = add_customers(tx, [("Ann", "ann@example.invalid"), ("Bob", "bob@example.invalid")])
        orders.put_products(
            tx,
            [
                orders.Product(product_key="milk", name="Fresh Milk", price_minor=199, currency="USD"),
                orders.Product(product_key="bread", name="Rye Bread"),
            ],
        )
        run(tx, ORDER, ids=[ann], at=AT)
        queue(tx, treat([ann, bob]), body=BODY)

    carry_on(database, Sender(), NAME, at=AT)

    with database.transaction() as tx:
        said = values(tx, sql.SQL("select text_body from messaging.recorded order by send_id"))
    assert said[0].startswith(f"Order o-{ann}: Fresh Milk ")
    assert said[0].endswith("1.99; try Rye Bread") or said[0].endswith("USD; try Rye Bread")
    assert said[1] == "Never; try Rye Bread"

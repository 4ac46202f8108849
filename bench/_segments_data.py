"""A shop's past from a seeded generator, written straight into PostgreSQL in rounds and exported to the lake.

Who does much does it often: customers are drawn with a skew. The same numbers give the same rows.
"""

# ruff: noqa: E501 - statements keep their lines

from datetime import UTC, datetime, timedelta

from regulars import analytics
from regulars.analytics import Lake
from regulars.db import Database

AT = datetime(2025, 6, 1, tzinfo=UTC)
DAYS = 400  # All that happened, happened in so many days before the instant, evenly.
MERGED = 0.02  # Share of customers who were merged into another.
# The same number gives the same draw; one visit is five events of one customer, and new ones come as time goes by.
DRAWN = "((hashint8extended({of}, {seed}) & 4294967295) / 4294967296.0::double precision)"
CUSTOMER = (
    f"floor(%(customers)s * (0.6 + 0.4 * n / %({{all}})s::double precision) * "
    f"power({DRAWN.format(of='n / {visit}', seed=1)}, 1.8))::bigint + 1"
)
CUSTOMERS = """
insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at, survivor_id, traits)
overriding system value
select
    n, %(at)s, %(at)s, %(at)s, case when n > %(customers)s - %(merged)s then n - %(merged)s end,
    case when n > %(customers)s - %(merged)s then '{}' else jsonb_build_object(
        'country', (array['NO', 'SE', 'DE', 'DE', 'US'])[n %% 5 + 1], 'plan', (array['tin', 'silver', 'gold'])[n %% 3 + 1],
        'points', n * 37 %% 5000, 'birthday', date '1950-01-01' + (n * 7919 %% 20000)::integer,
        'likes', jsonb_build_array((array['tea', 'coffee', 'cups'])[n %% 3 + 1], 'sale')
    ) end
from generate_series(%(first)s::bigint, %(last)s::bigint) as n
"""
EVENTS = f"""
insert into log.event (
    position, booked_at, occurred_at, received_at, customer_id, schema_version, hops, history, message_id, source, type,
    name, anonymous_id, properties, context
)
select
    n, at, at, at, {CUSTOMER.format(all="events", visit=5)}, 1, 0, false, 'm-' || n, 'website', 'track',
    (array['Product Viewed', 'Product Viewed', 'Product Viewed', 'Product Viewed', 'Page Seen', 'Page Seen',
           'Search Made', 'Product Added', 'Email Opened', 'Page Seen'])[drawn + 1],
    'anonymous-' || n %% %(customers)s,
    jsonb_build_object(
        'product_id', 'p-' || n * 31 %% 9973, 'price', n %% 200 / 4.0::double precision, 'path', '/shelf/' || n %% 997,
        'category', (array['tea', 'coffee', 'cups', 'pots', 'books', 'sale', 'tins', 'food'])[n * 7 %% 8 + 1]
    ),
    '{{"userAgent": "Mozilla/5.0", "locale": "en-GB"}}'
from (
    select
        n, %(at)s::timestamptz - make_interval(secs => (%(events)s - n) * (%(days)s * 86400.0 / %(events)s) + 1) as at,
        floor({DRAWN.format(of="n", seed=2)} * 10)::integer as drawn
    from generate_series(%(first)s::bigint, %(last)s::bigint) as n
) as row
"""
PRODUCTS = """
insert into orders.product (product_id, product_key, category, brand)
overriding system value
select n, 'p-' || n, (array['tea', 'coffee', 'cups', 'pots'])[n % 4 + 1], 'brand-' || n % 20
from generate_series(1, 1000) as n
"""
ORDERS = f"""
insert into orders.purchase (
    order_id, order_key, customer_id, atom_id, position, revised_position, revision, occurred_at, booked_at, currency,
    total_minor, discount_minor, line_count, refunded_minor, status, source, coupon
)
overriding system value
select
    n, 'o-' || n, coalesce(person.survivor_id, atom_id), atom_id, n, n, 0, at, at, 'EUR', 500 + n * 7919 %% 9500,
    case n %% 10 when 0 then 100 else 0 end, 2, case n %% 50 when 0 then 100 else 0 end,
    case when n %% 50 = 0 then 'part_refunded' when n %% 67 = 0 then 'cancelled' else 'open' end, 'shop',
    case n %% 10 when 0 then 'TEN' end
from (
    select
        n, %(at)s::timestamptz - make_interval(secs => (%(orders)s - n) * (%(days)s * 86400.0 / %(orders)s) + 1) as at,
        {CUSTOMER.format(all="orders", visit=1)} as atom_id
    from generate_series(%(first)s::bigint, %(last)s::bigint) as n
) as row
inner join customers.customer as person on person.customer_id = row.atom_id
"""
LINES = """
insert into orders.line (order_id, line, customer_id, product_id, quantity, total_minor, discount_minor)
select order_id, line, customer_id, order_id * 13 % 1000 + line, line, total_minor / 2, discount_minor / 2
from orders.purchase cross join generate_series(1, 2) as line
"""
TOTALS = """
insert into orders.customer_total (customer_id, orders, first_at, last_at)
select customer_id, count(*), min(occurred_at), max(occurred_at) from orders.purchase
where status <> 'cancelled' group by customer_id
"""


def fill(lake: Lake, *, events: int, customers: int, step: int, keep_rounds: int | None = None) -> None:
    """Everything into PostgreSQL and the lake; with `keep_rounds`, older events leave PostgreSQL."""
    database, merged = lake.database, int(customers * MERGED)
    told = {"at": AT, "customers": customers, "events": events, "days": DAYS, "orders": events // 20}
    know(database, customers, merged)
    pieces(database, step)
    with database.transaction() as tx:
        tx.execute(PRODUCTS)
    spans = [(first, min(first + step - 1, events)) for first in range(1, events + 1, step)]
    for number, (first, last) in enumerate(spans):
        happen(database, first, last, told)
        analytics.export_table(lake, analytics.EVENTS)
        if keep_rounds is not None and len(spans) - number > keep_rounds:
            with database.transaction() as tx:
                tx.execute("select log.make_partition()")
                tx.execute(f"drop table log.event_{first:013}")
    with database.transaction() as tx:
        tx.execute(ORDERS, {**told, "first": 1, "last": told["orders"]})
        tx.execute(LINES)
        tx.execute(TOTALS)
    analytics.export(lake)


def pieces(database: Database, step: int) -> None:
    """Sizes that come out even: a piece of the log for each round."""
    with database.transaction() as tx:
        tx.execute("drop table log.event_0000000000001")
        tx.execute("update log.sequencer set partitioned_to = 1, partition_span = %s", [step])


def know(database: Database, customers: int, merged: int) -> None:
    """Survivors first: the others lead to them."""
    with database.transaction() as tx:
        for first, last in ((1, customers - merged), (customers - merged + 1, customers)):
            tx.execute(
                CUSTOMERS, {"at": AT, "customers": customers, "merged": merged, "first": first, "last": last}
            )


def happen(database: Database, first: int, last: int, told: dict[str, object]) -> None:
    with database.transaction() as tx:
        while tx.execute("select partitioned_to from log.sequencer").fetchone()[0] <= last + 1:  # type: ignore[index]
            tx.execute("select log.make_partition()")
        tx.execute(EVENTS, {**told, "first": first, "last": last})
        tx.execute(
            "update log.sequencer set next_position = %s, booked_at = %s", [last + 1, AT - timedelta(hours=1)]
        )

-- spent at least 50.00 EUR in the last 30 days
select customer.customer_id, (coalesce(g0.a0, 0) >= %(p1)s::bigint) as c0, least(cast(null as timestamptz), (g0.a1 + %(p2)s::interval), (g0.a2 + %(p3)s::interval)) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, sum(fact."net_minor") filter (where fact.at < %(p5)s::timestamptz and coalesce(fact."currency" = %(p0)s::text, false)) as a0, min(fact.at) filter (where fact.at < %(p5)s::timestamptz and coalesce(fact."currency" = %(p0)s::text, false)) as a1, min(fact.at) filter (where fact.at >= %(p5)s::timestamptz and coalesce(fact."currency" = %(p0)s::text, false)) as a2
from (select fact.customer_id as customer_id, fact."currency", fact."net_minor", fact.at
from (select customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders.fact_order
where status <> 'cancelled') as fact
where fact.at >= %(p4)s::timestamptz offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 'EUR'
-- p1: 5000
-- p2: datetime.timedelta(days=30, microseconds=1)
-- p3: datetime.timedelta(microseconds=1)
-- p4: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p5: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

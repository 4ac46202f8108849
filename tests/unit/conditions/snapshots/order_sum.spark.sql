-- spent at least 50.00 EUR in the last 30 days
select customer.customer_id, (coalesce(g0.a0, 0) >= cast(:p1 as bigint)) as c0, least(cast(null as timestamp), (g0.a1 + cast(:p2 as interval day to second)), (g0.a2 + cast(:p3 as interval day to second))) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select fact.customer_id, sum(fact."net_minor") filter (where fact.at < cast(:p5 as timestamp) and coalesce(fact."currency" in (cast(:p0 as string)), false)) as a0, min(fact.at) filter (where fact.at < cast(:p5 as timestamp) and coalesce(fact."currency" in (cast(:p0 as string)), false)) as a1, min(fact.at) filter (where fact.at >= cast(:p5 as timestamp) and coalesce(fact."currency" in (cast(:p0 as string)), false)) as a2
from (select fact.customer_id as customer_id, fact."currency", fact."net_minor", fact.at
from (select person_id as customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders
where status <> 'cancelled') as fact
where fact.at >= cast(:p4 as timestamp)) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 'EUR'
-- p1: 5000
-- p2: datetime.timedelta(days=30, microseconds=1)
-- p3: datetime.timedelta(microseconds=1)
-- p4: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p5: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

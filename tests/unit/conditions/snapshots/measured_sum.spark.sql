-- has a total net value of at least 100.00 EUR over orders
select customer.customer_id, coalesce(coalesce(cast(g0.a0 as double), 0) >= cast(:p0 as double), false) as c0, least(cast(null as timestamp), (g0.a1 + cast(:p2 as interval day to second))) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select fact.customer_id, sum(fact."net_minor") filter (where fact.at < cast(:p3 as timestamp) and coalesce(fact."currency" in (cast(:p1 as string)), false)) as a0, min(fact.at) filter (where fact.at >= cast(:p3 as timestamp) and coalesce(fact."currency" in (cast(:p1 as string)), false)) as a1
from (select fact.customer_id as customer_id, fact."currency", fact."net_minor", fact.at
from (select person_id as customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders
where status <> 'cancelled') as fact) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 10000.0
-- p1: 'EUR'
-- p2: datetime.timedelta(microseconds=1)
-- p3: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

-- bought at least 16 times in the last 84 days
select customer.customer_id, (coalesce(g0.a0, 0) >= cast(:p0 as bigint)) as c0, least(cast(null as timestamp), (g0.a1 + cast(:p1 as interval day to second)), (g0.a2 + cast(:p2 as interval day to second))) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < cast(:p4 as timestamp)) as a0, get(sort_array(collect_list(fact.at) filter (where fact.at < cast(:p4 as timestamp)), false), cast(cast(:p0 as bigint) as int) - 1) as a1, min(fact.at) filter (where fact.at >= cast(:p4 as timestamp)) as a2
from (select fact.customer_id as customer_id, fact.at
from (select person_id as customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders
where status <> 'cancelled') as fact
where fact.at >= cast(:p3 as timestamp)) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 16
-- p1: datetime.timedelta(days=84, microseconds=1)
-- p2: datetime.timedelta(microseconds=1)
-- p3: datetime.datetime(2025, 8, 11, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

-- bought at least 2 times and has a city
select customer.customer_id, ((coalesce(g0.a0, 0) >= $p0::bigint) and coalesce(coalesce(json_type(customer.t0) <> 'NULL', false), false)) as c0, least(cast(null as timestamptz), (g0.a1 + $p2::interval)) as n0
from (select customer.customer_id, json_extract(customer.traits, $p1::varchar) as t0 from copied_customer as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < $p3::timestamptz) as a0, min(fact.at) filter (where fact.at >= $p3::timestamptz) as a1
from (select fact.customer_id as customer_id, fact.at
from (select person_id as customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders
where status <> 'cancelled') as fact) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 2
-- p1: '/city'
-- p2: datetime.timedelta(microseconds=1)
-- p3: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

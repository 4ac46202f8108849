-- bought at least 2 times and has a city
select customer.customer_id, ((coalesce(g0.a0, 0) >= cast(:p0 as bigint)) and coalesce((customer.t0 is not null and not is_variant_null(customer.t0)), false)) as c0, least(cast(null as timestamp), (g0.a1 + cast(:p2 as interval day to second))) as n0
from (select customer.customer_id, try_element_at(try_variant_get(customer.traits, '$', 'map<string,variant>'), cast(:p1 as string)) as t0
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < cast(:p3 as timestamp)) as a0, min(fact.at) filter (where fact.at >= cast(:p3 as timestamp)) as a1
from (select fact.customer_id as customer_id, fact.at
from (select person_id as customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders
where status <> 'cancelled') as fact) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 2
-- p1: 'city'
-- p2: datetime.timedelta(microseconds=1)
-- p3: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

-- did “Product Viewed” at least 3 times in the last 7 days
select customer.customer_id, coalesce(coalesce(g0.a0, 0) >= $p0::double, false) as c0, least(cast(null as timestamptz), (case when g0.a0 < $p0::double then null else g0.a1 end + $p1::interval), (g0.a2 + $p2::interval)) as n0
from (select customer.customer_id from copied_customer as customer) as customer
left join (select coalesce(person.person_id, part.customer_id) as customer_id, sum(part.a0) as a0, min(part.a1) as a1, min(part.a2) as a2
from (select fact.customer_id, count(*) filter (where fact.at < $p5::timestamptz) as a0, min(fact.at) filter (where fact.at < $p5::timestamptz) as a1, min(fact.at) filter (where fact.at >= $p5::timestamptz) as a2
from (select fact.customer_id as customer_id, fact.at, fact.name
from (select customer_id, occurred_at as at, name, properties as told from events
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact
where fact.at >= $p3::timestamptz and fact.name in ($p4::varchar)) as fact
group by fact.customer_id) as part
left join persons as person on person.customer_id = part.customer_id
group by coalesce(person.person_id, part.customer_id)) as g0 on g0.customer_id = customer.customer_id
-- p0: 3.0
-- p1: datetime.timedelta(days=7, microseconds=1)
-- p2: datetime.timedelta(microseconds=1)
-- p3: datetime.datetime(2025, 10, 27, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: 'Product Viewed'
-- p5: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

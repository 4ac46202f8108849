-- did anything where a is none of “x”, “y”
select customer.customer_id, coalesce(coalesce(g0.a0, 0) >= $p0::double, false) as c0, least(cast(null as timestamptz), (g0.a1 + $p4::interval)) as n0
from (select customer.customer_id from copied_customer as customer) as customer
left join (select coalesce(person.person_id, part.customer_id) as customer_id, sum(part.a0) as a0, min(part.a1) as a1
from (select fact.customer_id, count(*) filter (where fact.at < $p5::timestamptz and not coalesce((cast(fact.v0 as varchar) in (cast(to_json($p2::varchar) as varchar), cast(to_json($p3::varchar) as varchar))), false)) as a0, min(fact.at) filter (where fact.at >= $p5::timestamptz and not coalesce((cast(fact.v0 as varchar) in (cast(to_json($p2::varchar) as varchar), cast(to_json($p3::varchar) as varchar))), false)) as a1
from (select fact.customer_id as customer_id, fact.at, fact.name, json_extract(fact.told, $p1::varchar) as v0
from (select customer_id, occurred_at as at, name, properties as told from events
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact) as fact
group by fact.customer_id) as part
left join persons as person on person.customer_id = part.customer_id
group by coalesce(person.person_id, part.customer_id)) as g0 on g0.customer_id = customer.customer_id
-- p0: 1.0
-- p1: '/a'
-- p2: 'x'
-- p3: 'y'
-- p4: datetime.timedelta(microseconds=1)
-- p5: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

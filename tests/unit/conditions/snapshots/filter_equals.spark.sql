-- did anything where a is “x”
select customer.customer_id, coalesce(coalesce(g0.a0, 0) >= cast(:p0 as double), false) as c0, least(cast(null as timestamp), (g0.a1 + cast(:p3 as interval day to second))) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select coalesce(person.person_id, part.customer_id) as customer_id, sum(part.a0) as a0, min(part.a1) as a1
from (select fact.customer_id, count(*) filter (where fact.at < cast(:p4 as timestamp) and coalesce((case when schema_of_variant(fact.v0) = 'STRING' then try_variant_get(fact.v0, '$', 'string') end in (cast(:p2 as string))), false)) as a0, min(fact.at) filter (where fact.at >= cast(:p4 as timestamp) and coalesce((case when schema_of_variant(fact.v0) = 'STRING' then try_variant_get(fact.v0, '$', 'string') end in (cast(:p2 as string))), false)) as a1
from (select fact.customer_id as customer_id, fact.at, fact.name, try_element_at(try_variant_get(try_parse_json(fact.told), '$', 'map<string,variant>'), cast(:p1 as string)) as v0
from (select customer_id, occurred_at as at, name, properties as told from events
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact) as fact
group by fact.customer_id) as part
left join persons as person on person.customer_id = part.customer_id
group by coalesce(person.person_id, part.customer_id)) as g0 on g0.customer_id = customer.customer_id
-- p0: 1.0
-- p1: 'a'
-- p2: 'x'
-- p3: datetime.timedelta(microseconds=1)
-- p4: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

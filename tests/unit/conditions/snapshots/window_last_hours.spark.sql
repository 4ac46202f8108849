-- did “A” in the last 2 hours
select customer.customer_id, coalesce(coalesce(g0.a0, 0) >= cast(:p0 as double), false) as c0, least(cast(null as timestamp), (g0.a1 + cast(:p1 as interval day to second)), (g0.a2 + cast(:p2 as interval day to second))) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select coalesce(person.person_id, part.customer_id) as customer_id, sum(part.a0) as a0, max(part.a1) as a1, min(part.a2) as a2
from (select fact.customer_id, count(*) filter (where fact.at < cast(:p5 as timestamp)) as a0, max(fact.at) filter (where fact.at < cast(:p5 as timestamp)) as a1, min(fact.at) filter (where fact.at >= cast(:p5 as timestamp)) as a2
from (select fact.customer_id as customer_id, fact.at, fact.name
from (select customer_id, occurred_at as at, name, properties as told from events
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact
where fact.at >= cast(:p3 as timestamp) and fact.name in (cast(:p4 as string))) as fact
group by fact.customer_id) as part
left join persons as person on person.customer_id = part.customer_id
group by coalesce(person.person_id, part.customer_id)) as g0 on g0.customer_id = customer.customer_id
-- p0: 1.0
-- p1: datetime.timedelta(seconds=7200, microseconds=1)
-- p2: datetime.timedelta(microseconds=1)
-- p3: datetime.datetime(2025, 11, 3, 3, 0, tzinfo=datetime.timezone.utc)
-- p4: 'A'
-- p5: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

-- first did anything at least 30 days ago
select customer.customer_id, coalesce(g0.a0 <= cast(:p0 as timestamp), false) as c0, least(cast(null as timestamp), (g0.a1 + cast(:p1 as interval day to second)), case when (g0.a0 + cast(:p2 as interval day to second)) > cast(:p3 as timestamp) then (g0.a0 + cast(:p2 as interval day to second)) end, case when (g0.a0 + cast(:p4 as interval day to second)) > cast(:p3 as timestamp) then (g0.a0 + cast(:p4 as interval day to second)) end) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select coalesce(person.person_id, part.customer_id) as customer_id, min(part.a0) as a0, min(part.a1) as a1
from (select fact.customer_id, min(fact.at) filter (where fact.at < cast(:p3 as timestamp)) as a0, min(fact.at) filter (where fact.at >= cast(:p3 as timestamp)) as a1
from (select fact.customer_id as customer_id, fact.at, fact.name
from (select customer_id, occurred_at as at, name, properties as told from events
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact) as fact
group by fact.customer_id) as part
left join persons as person on person.customer_id = part.customer_id
group by coalesce(person.person_id, part.customer_id)) as g0 on g0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: datetime.timedelta(microseconds=1)
-- p2: datetime.timedelta(days=30)
-- p3: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: datetime.timedelta(days=30, microseconds=1)

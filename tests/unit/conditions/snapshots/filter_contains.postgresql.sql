-- did anything where a contains “x”
select customer.customer_id, coalesce(coalesce(g0.a0, 0) >= %(p0)s::float8, false) as c0, least(cast(null as timestamptz), (g0.a1 + %(p4)s::interval)) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < %(p5)s::timestamptz and coalesce((coalesce(strpos(case when jsonb_typeof(fact.v0) = 'string' then (fact.v0) #>> '{}' end, %(p2)s::text) > 0, false) or coalesce((jsonb_typeof(fact.v0) = 'array' and (fact.v0 @> %(p3)s::jsonb)), false)), false)) as a0, min(fact.at) filter (where fact.at >= %(p5)s::timestamptz and coalesce((coalesce(strpos(case when jsonb_typeof(fact.v0) = 'string' then (fact.v0) #>> '{}' end, %(p2)s::text) > 0, false) or coalesce((jsonb_typeof(fact.v0) = 'array' and (fact.v0 @> %(p3)s::jsonb)), false)), false)) as a1
from (select person.person_id as customer_id, fact.at, fact.name, fact.told -> %(p1)s::text as v0
from (select position, customer_id, occurred_at as at, name, properties as told from log.fact_event
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 1.0
-- p1: 'a'
-- p2: 'x'
-- p3: '"x"'
-- p4: datetime.timedelta(microseconds=1)
-- p5: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

-- did anything where a is less than 2
select customer.customer_id, coalesce(coalesce(g0.a0, 0) >= %(p0)s::float8, false) as c0, least(cast(null as timestamptz), (g0.a1 + %(p3)s::interval)) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < %(p4)s::timestamptz and coalesce(case when jsonb_typeof(fact.v0) = 'number' then case when abs((fact.v0)::numeric) < 2.2250738585072014e-308 then 0 when abs((fact.v0)::numeric) <= 1e300 then (fact.v0)::float8 end end < %(p2)s::float8, false)) as a0, min(fact.at) filter (where fact.at >= %(p4)s::timestamptz and coalesce(case when jsonb_typeof(fact.v0) = 'number' then case when abs((fact.v0)::numeric) < 2.2250738585072014e-308 then 0 when abs((fact.v0)::numeric) <= 1e300 then (fact.v0)::float8 end end < %(p2)s::float8, false)) as a1
from (select person.person_id as customer_id, fact.at, fact.name, fact.told -> %(p1)s::text as v0
from (select position, customer_id, occurred_at as at, name, properties as told from log.fact_event
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 1.0
-- p1: 'a'
-- p2: 2.0
-- p3: datetime.timedelta(microseconds=1)
-- p4: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

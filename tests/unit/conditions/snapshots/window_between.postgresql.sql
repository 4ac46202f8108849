-- did “A” between 7 and 14 days ago
select customer.customer_id, coalesce(coalesce(g0.a0, 0) >= %(p0)s::float8, false) as c0, least(cast(null as timestamptz), (g0.a1 + %(p1)s::interval), (g0.a2 + %(p2)s::interval)) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < %(p5)s::timestamptz) as a0, max(fact.at) filter (where fact.at < %(p5)s::timestamptz) as a1, min(fact.at) filter (where fact.at >= %(p5)s::timestamptz) as a2
from (select person.person_id as customer_id, fact.at, fact.name
from (select position, customer_id, occurred_at as at, name, properties as told from log.fact_event
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id
where fact.at >= %(p3)s::timestamptz and fact.name = %(p4)s::text offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 1.0
-- p1: datetime.timedelta(days=14, microseconds=1)
-- p2: datetime.timedelta(days=7, microseconds=1)
-- p3: datetime.datetime(2025, 10, 20, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: 'A'
-- p5: datetime.datetime(2025, 10, 27, 5, 0, tzinfo=datetime.timezone.utc)

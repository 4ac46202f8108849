-- did “A” in the month before this one
select customer.customer_id, coalesce(coalesce(g0.a0, 0) >= %(p0)s::float8, false) as c0, least(cast(null as timestamptz), case when g0.a1 > 0 then %(p1)s::timestamptz end) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < %(p4)s::timestamptz) as a0, count(*) as a1
from (select person.person_id as customer_id, fact.at, fact.name
from (select position, customer_id, occurred_at as at, name, properties as told from log.fact_event
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id
where fact.at >= %(p2)s::timestamptz and fact.name = %(p3)s::text offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 1.0
-- p1: datetime.datetime(2025, 12, 1, 5, 0, tzinfo=datetime.timezone.utc)
-- p2: datetime.datetime(2025, 10, 1, 4, 0, tzinfo=datetime.timezone.utc)
-- p3: 'A'
-- p4: datetime.datetime(2025, 11, 1, 4, 0, tzinfo=datetime.timezone.utc)

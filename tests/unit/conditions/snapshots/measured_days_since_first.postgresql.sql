-- first did anything at least 30 days ago
select customer.customer_id, coalesce(g0.a0 <= %(p0)s::timestamptz, false) as c0, least(cast(null as timestamptz), (g0.a1 + %(p1)s::interval), case when (g0.a0 + %(p2)s::interval) > %(p3)s::timestamptz then (g0.a0 + %(p2)s::interval) end, case when (g0.a0 + %(p4)s::interval) > %(p3)s::timestamptz then (g0.a0 + %(p4)s::interval) end) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, min(fact.at) filter (where fact.at < %(p3)s::timestamptz) as a0, min(fact.at) filter (where fact.at >= %(p3)s::timestamptz) as a1
from (select person.person_id as customer_id, fact.at, fact.name
from (select position, customer_id, occurred_at as at, name, properties as told from log.fact_event
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: datetime.timedelta(microseconds=1)
-- p2: datetime.timedelta(days=30)
-- p3: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: datetime.timedelta(days=30, microseconds=1)

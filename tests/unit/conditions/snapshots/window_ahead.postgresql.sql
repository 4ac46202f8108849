-- has a lot of points that expires in the next 14 days
select customer.customer_id, coalesce(coalesce(g0.a0, 0) >= %(p0)s::float8, false) as c0, least(cast(null as timestamptz), (g0.a1 + %(p1)s::interval), (g0.a2 + %(p2)s::interval)) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < %(p4)s::timestamptz) as a0, max(fact.at) filter (where fact.at < %(p4)s::timestamptz) as a1, min(fact.at) filter (where fact.at >= %(p4)s::timestamptz) as a2
from (select person.person_id as customer_id, fact.at
from (select atom_id as customer_id, expires_at as at, programme, currency, remaining, pending, earned_at from loyalty.fact_lot) as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id
where fact.at >= %(p3)s::timestamptz offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 1.0
-- p1: datetime.timedelta(microseconds=1)
-- p2: datetime.timedelta(days=-14, microseconds=1)
-- p3: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: datetime.datetime(2025, 11, 17, 5, 0, tzinfo=datetime.timezone.utc)

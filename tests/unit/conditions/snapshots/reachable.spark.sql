-- can be reached by email
select customer.customer_id, (coalesce(g0.a0, 0) > 0) as c0, least(cast(null as timestamp), (g0.a1 + cast(:p1 as interval day to second))) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < cast(:p2 as timestamp) and coalesce(fact."channel" in (cast(:p0 as string)), false)) as a0, min(fact.at) filter (where fact.at >= cast(:p2 as timestamp) and coalesce(fact."channel" in (cast(:p0 as string)), false)) as a1
from (select fact.customer_id as customer_id, fact."channel", fact.at
from (select * from reach) as fact) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 'email'
-- p1: datetime.timedelta(microseconds=1)
-- p2: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

-- can be reached by email
select customer.customer_id, (coalesce(g0.a0, 0) > 0) as c0, least(cast(null as timestamptz), (g0.a1 + %(p1)s::interval)) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact.at < %(p2)s::timestamptz and coalesce(fact."channel" = %(p0)s::text, false)) as a0, min(fact.at) filter (where fact.at >= %(p2)s::timestamptz and coalesce(fact."channel" = %(p0)s::text, false)) as a1
from (select fact.customer_id as customer_id, fact."channel", fact.at
from (select customer_id, channel, since as at from messaging.fact_reach) as fact offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 'email'
-- p1: datetime.timedelta(microseconds=1)
-- p2: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

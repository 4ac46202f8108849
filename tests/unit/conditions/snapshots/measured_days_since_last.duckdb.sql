-- last had a message sent at least 7 days ago
select customer.customer_id, coalesce(g0.a0 <= $p0::timestamptz, false) as c0, least(cast(null as timestamptz), (g0.a1 + $p1::interval), case when (g0.a0 + $p2::interval) > $p3::timestamptz then (g0.a0 + $p2::interval) end, case when (g0.a0 + $p4::interval) > $p3::timestamptz then (g0.a0 + $p4::interval) end) as n0
from (select customer.customer_id from copied_customer as customer) as customer
left join (select fact.customer_id, max(fact.at) filter (where fact.at < $p3::timestamptz) as a0, min(fact.at) filter (where fact.at >= $p3::timestamptz) as a1
from (select fact.customer_id as customer_id, fact.at, fact.name
from (select * from copied_message) as fact
where fact.name in ($p5::varchar)) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 10, 27, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: datetime.timedelta(microseconds=1)
-- p2: datetime.timedelta(days=7)
-- p3: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: datetime.timedelta(days=7, microseconds=1)
-- p5: 'sent'

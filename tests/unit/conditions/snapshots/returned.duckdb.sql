-- came back in the last 30 days after at least 180 days without buying
select customer.customer_id, coalesce(case when g1.a0 is null then g0.a0 is not null and g2.a0 < $p1::timestamptz else g1.a0 + $p0::interval <= g0.a0 end, false) as c0, least(cast(null as timestamptz), (case when coalesce(case when g1.a0 is null then g0.a0 is not null and g2.a0 < $p1::timestamptz else g1.a0 + $p0::interval <= g0.a0 end, false) then g0.a0 end + $p2::interval), (g0.a1 + $p3::interval)) as n0
from (select customer.customer_id from copied_customer as customer) as customer
left join (select fact.customer_id, min(fact.at) filter (where fact.at < $p5::timestamptz) as a0, min(fact.at) filter (where fact.at >= $p5::timestamptz) as a1
from (select fact.customer_id as customer_id, fact.at
from (select person_id as customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders
where status <> 'cancelled') as fact
where fact.at >= $p4::timestamptz) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
left join (select fact.customer_id, max(fact.at) as a0
from (select fact.customer_id as customer_id, fact.at
from (select person_id as customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders
where status <> 'cancelled') as fact
where fact.at >= $p1::timestamptz and fact.at < $p4::timestamptz) as fact
group by fact.customer_id) as g1 on g1.customer_id = customer.customer_id
left join (select fact.customer_id, min(fact.at) as a0
from (select fact.customer_id as customer_id, fact.at
from (select person_id as customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders
where status <> 'cancelled') as fact
where fact.at < $p5::timestamptz) as fact
group by fact.customer_id) as g2 on g2.customer_id = customer.customer_id
-- p0: datetime.timedelta(days=180)
-- p1: datetime.datetime(2025, 4, 7, 5, 0, tzinfo=datetime.timezone.utc)
-- p2: datetime.timedelta(days=30, microseconds=1)
-- p3: datetime.timedelta(microseconds=1)
-- p4: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p5: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)

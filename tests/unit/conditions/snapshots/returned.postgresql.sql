-- came back in the last 30 days after at least 180 days without buying
select customer.customer_id, coalesce(case when g0.a1 is null then g0.a0 is not null and j0.first_at < %(p2)s::timestamptz else g0.a1 + %(p1)s::interval <= g0.a0 end, false) as c0, least(cast(null as timestamptz), (case when coalesce(case when g0.a1 is null then g0.a0 is not null and j0.first_at < %(p2)s::timestamptz else g0.a1 + %(p1)s::interval <= g0.a0 end, false) then g0.a0 end + %(p3)s::interval), (g0.a2 + %(p4)s::interval)) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, min(fact.at) filter (where fact.at >= %(p5)s::timestamptz and fact.at < %(p0)s::timestamptz) as a0, max(fact.at) filter (where fact.at < %(p5)s::timestamptz) as a1, min(fact.at) filter (where fact.at >= %(p0)s::timestamptz) as a2
from (select fact.customer_id as customer_id, fact.at
from (select customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders.fact_order
where status <> 'cancelled') as fact
where fact.at >= %(p2)s::timestamptz offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
left join (select customer_id, orders, first_at, last_at, null::timestamptz as coming_at from orders.fact_customer_total
where last_at < %(p0)s::timestamptz
union all select past.customer_id, count(*) filter (where past.occurred_at < %(p0)s::timestamptz), min(past.occurred_at) filter (where past.occurred_at < %(p0)s::timestamptz), max(past.occurred_at) filter (where past.occurred_at < %(p0)s::timestamptz), min(past.occurred_at) filter (where past.occurred_at >= %(p0)s::timestamptz) from orders.fact_customer_total as total
inner join orders.fact_order as past using (customer_id)
where total.last_at >= %(p0)s::timestamptz and past.status <> 'cancelled'
group by past.customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: datetime.timedelta(days=180)
-- p2: datetime.datetime(2025, 4, 7, 5, 0, tzinfo=datetime.timezone.utc)
-- p3: datetime.timedelta(days=30, microseconds=1)
-- p4: datetime.timedelta(microseconds=1)
-- p5: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)

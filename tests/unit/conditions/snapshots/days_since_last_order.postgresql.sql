-- last bought at least 90 days ago
select customer.customer_id, coalesce(j0.last_at <= %(p1)s::timestamptz, false) as c0, least(cast(null as timestamptz), (j0.coming_at + %(p2)s::interval), case when (j0.last_at + %(p3)s::interval) > %(p0)s::timestamptz then (j0.last_at + %(p3)s::interval) end, case when (j0.last_at + %(p4)s::interval) > %(p0)s::timestamptz then (j0.last_at + %(p4)s::interval) end) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select customer_id, orders, first_at, last_at, null::timestamptz as coming_at from orders.fact_customer_total
where last_at < %(p0)s::timestamptz
union all select past.customer_id, count(*) filter (where past.occurred_at < %(p0)s::timestamptz), min(past.occurred_at) filter (where past.occurred_at < %(p0)s::timestamptz), max(past.occurred_at) filter (where past.occurred_at < %(p0)s::timestamptz), min(past.occurred_at) filter (where past.occurred_at >= %(p0)s::timestamptz) from orders.fact_customer_total as total
inner join orders.fact_order as past using (customer_id)
where total.last_at >= %(p0)s::timestamptz and past.status <> 'cancelled'
group by past.customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: datetime.datetime(2025, 8, 5, 5, 0, tzinfo=datetime.timezone.utc)
-- p2: datetime.timedelta(microseconds=1)
-- p3: datetime.timedelta(days=90)
-- p4: datetime.timedelta(days=90, microseconds=1)

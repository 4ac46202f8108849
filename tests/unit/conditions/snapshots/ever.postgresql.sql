-- bought at least 2 times
select customer.customer_id, (coalesce(j0.orders, 0) >= %(p1)s::bigint) as c0, least(cast(null as timestamptz), (j0.coming_at + %(p2)s::interval)) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select customer_id, orders, first_at, last_at, null::timestamptz as coming_at from orders.fact_customer_total
where last_at < %(p0)s::timestamptz
union all select past.customer_id, count(*) filter (where past.occurred_at < %(p0)s::timestamptz), min(past.occurred_at) filter (where past.occurred_at < %(p0)s::timestamptz), max(past.occurred_at) filter (where past.occurred_at < %(p0)s::timestamptz), min(past.occurred_at) filter (where past.occurred_at >= %(p0)s::timestamptz) from orders.fact_customer_total as total
inner join orders.fact_order as past using (customer_id)
where total.last_at >= %(p0)s::timestamptz and past.status <> 'cancelled'
group by past.customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: 2
-- p2: datetime.timedelta(microseconds=1)

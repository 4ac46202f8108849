-- has not bought for more than 1.5 times their usual gap (seen in at least 3 orders)
select customer.customer_id, coalesce((extract(epoch from %(p0)s::timestamptz) * 1000000)::bigint - j0.last > %(p2)s::float8 * j0.gap, false) as c0, least(cast(null as timestamptz), case when (timestamptz 'epoch' + (j0.last + cast(floor(%(p2)s::float8 * j0.gap) as bigint) + 1) * interval '1 microsecond') > %(p0)s::timestamptz then (timestamptz 'epoch' + (j0.last + cast(floor(%(p2)s::float8 * j0.gap) as bigint) + 1) * interval '1 microsecond') end, (g0.a0 + %(p3)s::interval)) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, min(fact.at) as a0
from (select fact.customer_id as customer_id, fact.at
from (select customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders.fact_order
where status <> 'cancelled') as fact
where fact.at >= %(p0)s::timestamptz offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
left join (select customer_id, max(micros) as last, percentile_cont(0.5) within group (order by gap) as gap
from (select customer_id, micros, micros - lag(micros) over (partition by customer_id order by micros) as gap
from (select fact.customer_id as customer_id, (extract(epoch from fact.at) * 1000000)::bigint as micros
from (select customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders.fact_order
where status <> 'cancelled') as fact
where fact.at < %(p0)s::timestamptz) as told) as told
group by customer_id having count(*) >= %(p1)s::bigint) as j0 on j0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: 3
-- p2: 1.5
-- p3: datetime.timedelta(microseconds=1)

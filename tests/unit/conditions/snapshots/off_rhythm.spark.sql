-- has not bought for more than 1.5 times their usual gap (seen in at least 3 orders)
select customer.customer_id, coalesce(unix_micros(cast(:p0 as timestamp)) - j0.last > cast(:p2 as double) * j0.gap, false) as c0, least(cast(null as timestamp), case when timestamp_micros(cast(j0.last + cast(floor(cast(:p2 as double) * j0.gap) as bigint) + 1 as bigint)) > cast(:p0 as timestamp) then timestamp_micros(cast(j0.last + cast(floor(cast(:p2 as double) * j0.gap) as bigint) + 1 as bigint)) end, (g0.a0 + cast(:p3 as interval day to second))) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select fact.customer_id, min(fact.at) as a0
from (select fact.customer_id as customer_id, fact.at
from (select person_id as customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders
where status <> 'cancelled') as fact
where fact.at >= cast(:p0 as timestamp)) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
left join (select customer_id, max(micros) as last, percentile(gap, 0.5) as gap
from (select customer_id, micros, micros - lag(micros) over (partition by customer_id order by micros) as gap
from (select fact.customer_id as customer_id, unix_micros(fact.at) as micros
from (select person_id as customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders
where status <> 'cancelled') as fact
where fact.at < cast(:p0 as timestamp)) as told) as told
group by customer_id having count(*) >= cast(:p1 as bigint)) as j0 on j0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: 3
-- p2: 1.5
-- p3: datetime.timedelta(microseconds=1)

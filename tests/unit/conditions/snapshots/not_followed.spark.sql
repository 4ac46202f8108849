-- did “Product Added” and no order within 1 day after it, beginning in the last 30 days
select customer.customer_id, (coalesce(j0.times, 0) > 0) as c0, least(cast(null as timestamp), case when j0.coming is not null then greatest(timestamp_micros(cast(j0.coming as bigint)), cast(:p4 as timestamp)) end, case when j0.due is not null then greatest(timestamp_micros(cast(j0.due as bigint)), cast(:p4 as timestamp)) end, case when j0.inside is not null then greatest((timestamp_micros(cast(j0.inside as bigint)) + cast(:p5 as interval day to second)), cast(:p4 as timestamp)) end, case when j0.outside is not null then greatest((timestamp_micros(cast(j0.outside as bigint)) + cast(:p6 as interval day to second)), cast(:p4 as timestamp)) end) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select customer_id, count(case when over_ then 1 end) as times, min(case when micros >= unix_micros(cast(:p1 as timestamp)) then micros end) as coming, min(case when alone and not over_ then micros end) + cast(:p3 as bigint) as due, min(case when s0 then micros end) as inside, min(case when known and micros >= unix_micros(cast(:p1 as timestamp)) then micros end) as outside, min(case when known then micros end) as known
from (select step.*, (s0 and not coalesce(answer - micros <= cast(:p3 as bigint), false)) as alone, (s0 and not coalesce(answer - micros <= cast(:p3 as bigint), false)) and micros + cast(:p3 as bigint) <= unix_micros(cast(:p1 as timestamp)) as over_
from (select step.*, min(case when s1 then micros end) over (partition by customer_id order by micros range between 1 following and unbounded following) as answer
from (select coalesce(person.person_id, fact.customer_id) as customer_id, unix_micros(fact.at) as micros, coalesce((fact.name = cast(:p0 as string)) and fact.at < cast(:p1 as timestamp), false) as s0, coalesce(false and fact.at <= cast(:p1 as timestamp), false) as s1, coalesce((fact.name = cast(:p0 as string)), false) as known
from (select customer_id, occurred_at as at, name, properties as told from events
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact
left join persons as person on person.customer_id = fact.customer_id
where fact.at >= cast(:p2 as timestamp) and ((fact.name = cast(:p0 as string)))
union all select fact.customer_id as customer_id, unix_micros(fact.at) as micros, coalesce(false and fact.at < cast(:p1 as timestamp), false) as s0, coalesce((true) and fact.at <= cast(:p1 as timestamp), false) as s1, coalesce(false, false) as known
from (select person_id as customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders
where status <> 'cancelled') as fact
where fact.at >= cast(:p2 as timestamp) and ((true))) as step) as step) as step
group by customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: 'Product Added'
-- p1: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p2: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p3: 86400000000
-- p4: datetime.datetime(2025, 11, 3, 5, 0, 0, 1, tzinfo=datetime.timezone.utc)
-- p5: datetime.timedelta(days=30, microseconds=1)
-- p6: datetime.timedelta(microseconds=1)

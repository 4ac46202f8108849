-- did “Product Added” and no order within 1 day after it, beginning in the last 30 days
select customer.customer_id, (coalesce(j0.times, 0) > 0) as c0, least(cast(null as timestamptz), case when j0.coming is not null then greatest((timestamptz 'epoch' + (j0.coming) * interval '1 microsecond'), %(p4)s::timestamptz) end, case when j0.due is not null then greatest((timestamptz 'epoch' + (j0.due) * interval '1 microsecond'), %(p4)s::timestamptz) end, case when j0.inside is not null then greatest(((timestamptz 'epoch' + (j0.inside) * interval '1 microsecond') + %(p5)s::interval), %(p4)s::timestamptz) end, case when j0.outside is not null then greatest(((timestamptz 'epoch' + (j0.outside) * interval '1 microsecond') + %(p6)s::interval), %(p4)s::timestamptz) end) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select customer_id, count(case when over_ then 1 end) as times, min(case when micros >= (extract(epoch from %(p1)s::timestamptz) * 1000000)::bigint then micros end) as coming, min(case when alone and not over_ then micros end) + %(p3)s::bigint as due, min(case when s0 then micros end) as inside, min(case when known and micros >= (extract(epoch from %(p1)s::timestamptz) * 1000000)::bigint then micros end) as outside, min(case when known then micros end) as known
from (select step.*, (s0 and not coalesce(answer - micros <= %(p3)s::bigint, false)) as alone, (s0 and not coalesce(answer - micros <= %(p3)s::bigint, false)) and micros + %(p3)s::bigint <= (extract(epoch from %(p1)s::timestamptz) * 1000000)::bigint as over_
from (select step.*, min(case when s1 then micros end) over (partition by customer_id order by micros range between 1 following and unbounded following) as answer
from (select person.person_id as customer_id, (extract(epoch from fact.at) * 1000000)::bigint as micros, coalesce((fact.name = %(p0)s::text) and fact.at < %(p1)s::timestamptz, false) as s0, coalesce(false and fact.at <= %(p1)s::timestamptz, false) as s1, coalesce((fact.name = %(p0)s::text), false) as known
from (select position, customer_id, occurred_at as at, name, properties as told from log.fact_event
where type in ('track', 'page', 'screen') and source <> 'regulars') as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id
where fact.at >= %(p2)s::timestamptz and ((fact.name = %(p0)s::text))
union all select fact.customer_id as customer_id, (extract(epoch from fact.at) * 1000000)::bigint as micros, coalesce(false and fact.at < %(p1)s::timestamptz, false) as s0, coalesce((true) and fact.at <= %(p1)s::timestamptz, false) as s1, coalesce(false, false) as known
from (select customer_id, occurred_at as at, status, currency, total_minor, net_minor, discount_minor, refunded_minor, store, coupon, source, line_count from orders.fact_order
where status <> 'cancelled') as fact
where fact.at >= %(p2)s::timestamptz and ((true))) as step) as step) as step
group by customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: 'Product Added'
-- p1: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p2: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p3: 86400000000
-- p4: datetime.datetime(2025, 11, 3, 5, 0, 0, 1, tzinfo=datetime.timezone.utc)
-- p5: datetime.timedelta(days=30, microseconds=1)
-- p6: datetime.timedelta(microseconds=1)

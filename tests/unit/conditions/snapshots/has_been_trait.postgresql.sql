-- for the last 30 days without a break: plan is “gold”
select customer.customer_id, (coalesce(j0.lasts, false) and coalesce((customer.t0 = %(p2)s::jsonb), false)) as c0, least(cast(null as timestamptz), (j0.told_at + %(p4)s::interval)) as n0
from (select customer.customer_id, customer.traits -> %(p0)s::text as t0 from customers.fact_customer as customer) as customer
left join (select told.customer_id, bool_and(fits) filter (where (until is null or (until > %(p3)s::timestamptz and until > told.at))) and min(told.at) <= %(p3)s::timestamptz as lasts, min(told.at) filter (where told.at > %(p3)s::timestamptz) as told_at
from (select told.*, lead(told.at) over (partition by told.customer_id order by told.at, told.position) as until
from (select told.*, coalesce((told.told = %(p2)s::jsonb), false) as fits
from (select fact.customer_id as customer_id, fact.at, fact.position, fact.name, fact.told as told
from (select customer_id, name, value as told, occurred_at as at, position from customers.fact_told
where fits) as fact
where fact.name = %(p0)s::text and fact.at <= %(p1)s::timestamptz) as told) as told) as told
group by told.customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: 'plan'
-- p1: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p2: '"gold"'
-- p3: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: datetime.timedelta(days=30)

-- for the last 30 days without a break: plan is “gold”
select customer.customer_id, (coalesce(j0.lasts, false) and coalesce((cast(customer.t0 as varchar) in (cast(to_json($p2::varchar) as varchar))), false)) as c0, least(cast(null as timestamptz), (j0.told_at + $p5::interval)) as n0
from (select customer.customer_id, json_extract(customer.traits, $p4::varchar) as t0 from copied_customer as customer) as customer
left join (select told.customer_id, bool_and(fits) filter (where (until is null or (until > $p3::timestamptz and until > told.at))) and min(told.at) <= $p3::timestamptz as lasts, min(told.at) filter (where told.at > $p3::timestamptz) as told_at
from (select told.*, lead(told.at) over (partition by told.customer_id order by told.at, told.position) as until
from (select told.*, coalesce((cast(told.told as varchar) in (cast(to_json($p2::varchar) as varchar))), false) as fits
from (select fact.customer_id as customer_id, fact.at, fact.position, fact.name, fact.told as told
from (select * from copied_customers_told) as fact
where fact.name in ($p0::varchar) and fact.at <= $p1::timestamptz) as told) as told) as told
group by told.customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: 'plan'
-- p1: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p2: 'gold'
-- p3: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: '/plan'
-- p5: datetime.timedelta(days=30)

-- for the last 30 days without a break: agreed to email
select customer.customer_id, (coalesce(j0.lasts, false) and coalesce(g0.a0 = $p4::boolean, false)) as c0, least(cast(null as timestamptz), (j0.told_at + $p5::interval)) as n0
from (select customer.customer_id from copied_customer as customer) as customer
left join (select fact.customer_id, bool_or(fact."given") filter (where fact."channel" = $p0::varchar and fact."topic" = $p1::varchar) as a0
from (select fact.customer_id as customer_id, fact."channel", fact."given", fact."topic"
from (select * from copied_customers_consent) as fact) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
left join (select told.customer_id, bool_and(fits) filter (where (until is null or (until > $p3::timestamptz and until > told.at))) and min(told.at) <= $p3::timestamptz as lasts, min(told.at) filter (where told.at > $p3::timestamptz) as told_at
from (select told.*, lead(told.at) over (partition by told.customer_id order by told.at, (case when told.given then 0 else 1 end), told.position) as until
from (select fact.customer_id as customer_id, fact.at, fact.position, given as fits, given
from (select * from copied_customers_said) as fact
where fact.channel = $p0::varchar and fact.topic = $p1::varchar and fact.at <= $p2::timestamptz) as told) as told
group by told.customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: 'email'
-- p1: ''
-- p2: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p3: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: True
-- p5: datetime.timedelta(days=30)

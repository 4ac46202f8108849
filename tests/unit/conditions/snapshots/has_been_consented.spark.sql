-- for the last 30 days without a break: agreed to email
select customer.customer_id, (coalesce(j0.lasts, false) and coalesce(g0.a0 = cast(:p4 as boolean), false)) as c0, least(cast(null as timestamp), (j0.told_at + cast(:p5 as interval day to second))) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select fact.customer_id, bool_or(fact."given") filter (where fact."channel" = cast(:p0 as string) and fact."topic" = cast(:p1 as string)) as a0
from (select fact.customer_id as customer_id, fact."channel", fact."given", fact."topic"
from (select * from copied_customers_consent) as fact) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
left join (select told.customer_id, bool_and(fits) filter (where (until is null or (until > cast(:p3 as timestamp) and until > told.at))) and min(told.at) <= cast(:p3 as timestamp) as lasts, min(told.at) filter (where told.at > cast(:p3 as timestamp)) as told_at
from (select told.*, lead(told.at) over (partition by told.customer_id order by told.at, (case when told.given then 0 else 1 end), told.position) as until
from (select fact.customer_id as customer_id, fact.at, fact.position, given as fits, given
from (select * from copied_customers_said) as fact
where fact.channel = cast(:p0 as string) and fact.topic = cast(:p1 as string) and fact.at <= cast(:p2 as timestamp)) as told) as told
group by told.customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: 'email'
-- p1: ''
-- p2: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p3: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: True
-- p5: datetime.timedelta(days=30)

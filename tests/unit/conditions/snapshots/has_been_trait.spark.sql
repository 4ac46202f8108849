-- for the last 30 days without a break: plan is “gold”
select customer.customer_id, (coalesce(j0.lasts, false) and coalesce((case when schema_of_variant(customer.t0) = 'STRING' then try_variant_get(customer.t0, '$', 'string') end in (cast(:p2 as string))), false)) as c0, least(cast(null as timestamp), (j0.told_at + cast(:p4 as interval day to second))) as n0
from (select customer.customer_id, try_element_at(try_variant_get(customer.traits, '$', 'map<string,variant>'), cast(:p0 as string)) as t0
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select told.customer_id, bool_and(fits) filter (where (until is null or (until > cast(:p3 as timestamp) and until > told.at))) and min(told.at) <= cast(:p3 as timestamp) as lasts, min(told.at) filter (where told.at > cast(:p3 as timestamp)) as told_at
from (select told.*, lead(told.at) over (partition by told.customer_id order by told.at, told.position) as until
from (select told.*, coalesce((case when schema_of_variant(told.told) = 'STRING' then try_variant_get(told.told, '$', 'string') end in (cast(:p2 as string))), false) as fits
from (select fact.customer_id as customer_id, fact.at, fact.position, fact.name, try_parse_json(fact.told) as told
from (select * from copied_customers_told) as fact
where fact.name in (cast(:p0 as string)) and fact.at <= cast(:p1 as timestamp)) as told) as told) as told
group by told.customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: 'plan'
-- p1: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p2: 'gold'
-- p3: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: datetime.timedelta(days=30)

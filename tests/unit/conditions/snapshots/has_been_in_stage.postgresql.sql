-- has been in the stage “loyal” of “lifecycle” for the last 30 days without a break
select customer.customer_id, (coalesce(j0.lasts, false) and coalesce(j1.lasts, false)) as c0, least(cast(null as timestamptz), (j0.told_at + %(p4)s::interval)) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select customer_id, bool_or(stay.at <= %(p3)s::timestamptz and left_at > %(p0)s::timestamptz) as lasts, min(stay.at) filter (where stay.at > %(p3)s::timestamptz) as told_at
from (select customer_id, min(stay.at) as at, max(left_at) as left_at
from (select stay.*, sum(case when reached >= stay.at then 0 else 1 end) over (partition by customer_id order by stay.at rows unbounded preceding) as island
from (select stay.*, max(left_at) over (partition by customer_id order by stay.at rows between unbounded preceding and 1 preceding) as reached
from (select customer_id, stay.at, coalesce(left_at, %(p2)s::timestamptz) as left_at
from (select person.person_id as customer_id, fact.at, fact.left_at
from (select customer_id, entered_at as at, segment_key as name, left_at, approach_key as approach, stage from segments.fact_membership) as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id
where fact.name = %(p1)s::text and fact.at <= %(p0)s::timestamptz) as stay) as stay) as stay) as stay
group by customer_id, island) as stay
group by customer_id) as j0 on j0.customer_id = customer.customer_id
left join (select customer_id, bool_or(left_at is null or left_at > %(p0)s::timestamptz) as lasts
from (select person.person_id as customer_id, fact.at, fact.left_at
from (select customer_id, entered_at as at, segment_key as name, left_at, approach_key as approach, stage from segments.fact_membership) as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id
where fact.name = %(p1)s::text and fact.at <= %(p0)s::timestamptz) as stay
group by customer_id) as j1 on j1.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: 'lifecycle.loyal'
-- p2: datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.timezone.utc)
-- p3: datetime.datetime(2025, 10, 4, 5, 0, tzinfo=datetime.timezone.utc)
-- p4: datetime.timedelta(days=30)

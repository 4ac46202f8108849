-- is in one of the stages “new”, “loyal” of “lifecycle”
select customer.customer_id, coalesce(j0.lasts, false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select customer_id, bool_or(left_at is null or left_at > %(p0)s::timestamptz) as lasts
from (select person.person_id as customer_id, fact.at, fact.left_at
from (select customer_id, entered_at as at, segment_key as name, left_at, approach_key as approach, stage from segments.fact_membership) as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id
where fact.name = any(%(p1)s::text[]) and fact.at <= %(p0)s::timestamptz) as stay
group by customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: ['lifecycle.new', 'lifecycle.loyal']

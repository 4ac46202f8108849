-- is in the segment “regulars”
select customer.customer_id, coalesce(j0.lasts, false) as c0, cast(null as timestamp) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select customer_id, bool_or(left_at is null or left_at > cast(:p0 as timestamp)) as lasts
from (select coalesce(person.person_id, fact.customer_id) as customer_id, fact.at, fact.left_at
from (select * from copied_stay) as fact
left join persons as person on person.customer_id = fact.customer_id
where fact.name in (cast(:p1 as string)) and fact.at <= cast(:p0 as timestamp)) as stay
group by customer_id) as j0 on j0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: 'regulars'

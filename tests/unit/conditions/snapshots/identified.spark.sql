-- is known by email
select customer.customer_id, (coalesce(g0.a0, 0) > 0) as c0, cast(null as timestamp) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select coalesce(person.person_id, part.customer_id) as customer_id, sum(part.a0) as a0
from (select fact.customer_id, count(*) filter (where fact."kind" = cast(:p0 as string)) as a0
from (select fact.customer_id as customer_id, fact."kind"
from (select * from copied_customers_identified) as fact) as fact
group by fact.customer_id) as part
left join persons as person on person.customer_id = part.customer_id
group by coalesce(person.person_id, part.customer_id)) as g0 on g0.customer_id = customer.customer_id
-- p0: 'email'

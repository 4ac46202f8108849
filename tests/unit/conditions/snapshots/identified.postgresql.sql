-- is known by email
select customer.customer_id, (coalesce(g0.a0, 0) > 0) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, count(*) filter (where fact."kind" = %(p0)s::text) as a0
from (select person.person_id as customer_id, fact."kind"
from (select customer_id, kind from customers.fact_identified) as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 'email'

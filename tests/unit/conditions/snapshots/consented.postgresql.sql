-- agreed to email about news
select customer.customer_id, coalesce(g0.a0 = %(p2)s::boolean, false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, bool_or(fact."given") filter (where fact."channel" = %(p0)s::text and fact."topic" = %(p1)s::text) as a0
from (select fact.customer_id as customer_id, fact."channel", fact."given", fact."topic"
from (select customer_id, channel, topic, given from customers.fact_consent) as fact offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 'email'
-- p1: 'news'
-- p2: True

-- agreed to email about news
select customer.customer_id, coalesce(g0.a0 = cast(:p2 as boolean), false) as c0, cast(null as timestamp) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select fact.customer_id, bool_or(fact."given") filter (where fact."channel" = cast(:p0 as string) and fact."topic" = cast(:p1 as string)) as a0
from (select fact.customer_id as customer_id, fact."channel", fact."given", fact."topic"
from (select * from copied_customers_consent) as fact) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: 'email'
-- p1: 'news'
-- p2: True

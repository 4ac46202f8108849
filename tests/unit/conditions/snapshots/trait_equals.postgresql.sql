-- country is “NO”
select customer.customer_id, coalesce((customer.t0 = %(p1)s::jsonb), false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id, customer.traits -> %(p0)s::text as t0 from customers.fact_customer as customer) as customer
-- p0: 'country'
-- p1: '"NO"'

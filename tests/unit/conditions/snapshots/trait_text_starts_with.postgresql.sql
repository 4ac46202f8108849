-- city starts with “Os”
select customer.customer_id, coalesce(starts_with(case when jsonb_typeof(customer.t0) = 'string' then (customer.t0) #>> '{}' end, %(p1)s::text), false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id, customer.traits -> %(p0)s::text as t0 from customers.fact_customer as customer) as customer
-- p0: 'city'
-- p1: 'Os'

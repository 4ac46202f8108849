-- likes has one of “tea”, 2
select customer.customer_id, coalesce((jsonb_typeof(customer.t0) = 'array' and (customer.t0 @> %(p1)s::jsonb or customer.t0 @> %(p2)s::jsonb)), false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id, customer.traits -> %(p0)s::text as t0 from customers.fact_customer as customer) as customer
-- p0: 'likes'
-- p1: '"tea"'
-- p2: '2'

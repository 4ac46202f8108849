-- points is more than 100
select customer.customer_id, coalesce(case when jsonb_typeof(customer.t0) = 'number' then case when abs((customer.t0)::numeric) < 2.2250738585072014e-308 then 0 when abs((customer.t0)::numeric) <= 1e300 then (customer.t0)::float8 end end > %(p1)s::float8, false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id, customer.traits -> %(p0)s::text as t0 from customers.fact_customer as customer) as customer
-- p0: 'points'
-- p1: 100.0

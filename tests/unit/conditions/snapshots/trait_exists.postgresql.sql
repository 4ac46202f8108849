-- has an address.city
select customer.customer_id, coalesce(coalesce(customer.t0 <> 'null', false), false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id, coalesce(customer.traits -> %(p0)s::text, customer.traits -> %(p1)s::text -> %(p2)s::text) as t0 from customers.fact_customer as customer) as customer
-- p0: 'address.city'
-- p1: 'address'
-- p2: 'city'

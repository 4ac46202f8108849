-- has an address.city
select customer.customer_id, coalesce(coalesce(json_type(customer.t0) <> 'NULL', false), false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id, coalesce(json_extract(customer.traits, $p0::varchar), json_extract(customer.traits, $p1::varchar)) as t0 from copied_customer as customer) as customer
-- p0: '/address.city'
-- p1: '/address/city'

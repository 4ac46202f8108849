-- country is “NO”
select customer.customer_id, coalesce((cast(customer.t0 as varchar) in (cast(to_json($p1::varchar) as varchar))), false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id, json_extract(customer.traits, $p0::varchar) as t0 from copied_customer as customer) as customer
-- p0: '/country'
-- p1: 'NO'

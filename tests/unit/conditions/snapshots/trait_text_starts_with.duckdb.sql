-- city starts with “Os”
select customer.customer_id, coalesce(starts_with(case when json_type(customer.t0) = 'VARCHAR' then json_extract_string(customer.t0, '$') end, $p1::varchar), false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id, json_extract(customer.traits, $p0::varchar) as t0 from copied_customer as customer) as customer
-- p0: '/city'
-- p1: 'Os'

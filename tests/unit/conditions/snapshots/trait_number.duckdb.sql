-- points is more than 100
select customer.customer_id, coalesce(case when cast(customer.t0 as varchar) >= '-' and cast(customer.t0 as varchar) < ':' then case when abs(coalesce(try_cast(cast(customer.t0 as varchar) as double), try_cast(customer.t0 as double))) <= 1e300 then coalesce(try_cast(cast(customer.t0 as varchar) as double), try_cast(customer.t0 as double)) end end > $p1::double, false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id, json_extract(customer.traits, $p0::varchar) as t0 from copied_customer as customer) as customer
-- p0: '/points'
-- p1: 100.0

-- plan is one of “gold”, 1, yes
select customer.customer_id, coalesce((cast(customer.t0 as varchar) in (cast(to_json($p1::varchar) as varchar)) or (case cast(customer.t0 as varchar) when 'true' then true when 'false' then false end in ($p2::boolean) or case when cast(customer.t0 as varchar) >= '-' and cast(customer.t0 as varchar) < ':' then case when abs(coalesce(try_cast(cast(customer.t0 as varchar) as double), try_cast(customer.t0 as double))) <= 1e300 then coalesce(try_cast(cast(customer.t0 as varchar) as double), try_cast(customer.t0 as double)) end end in ($p3::double))), false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id, json_extract(customer.traits, $p0::varchar) as t0 from copied_customer as customer) as customer
-- p0: '/plan'
-- p1: 'gold'
-- p2: True
-- p3: 1.0

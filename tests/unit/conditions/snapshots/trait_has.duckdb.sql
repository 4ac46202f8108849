-- likes has one of “tea”, 2
select customer.customer_id, coalesce(case when json_type(customer.t0) = 'ARRAY' then len(list_filter(try_cast(json_extract(customer.t0, '$') as json[]), lambda element: coalesce((cast(element as varchar) in (cast(to_json($p1::varchar) as varchar)) or (case when cast(element as varchar) >= '-' and cast(element as varchar) < ':' then case when abs(coalesce(try_cast(cast(element as varchar) as double), try_cast(element as double))) <= 1e300 then coalesce(try_cast(cast(element as varchar) as double), try_cast(element as double)) end end in ($p2::double))), false))) > 0 end, false) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id, json_extract(customer.traits, $p0::varchar) as t0 from copied_customer as customer) as customer
-- p0: '/likes'
-- p1: 'tea'
-- p2: 2.0

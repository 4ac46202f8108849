-- has an address.city
select customer.customer_id, coalesce((customer.t0 is not null and not is_variant_null(customer.t0)), false) as c0, cast(null as timestamp) as n0
from (select customer.customer_id, coalesce(try_element_at(try_variant_get(customer.traits, '$', 'map<string,variant>'), cast(:p0 as string)), try_element_at(try_variant_get(try_element_at(try_variant_get(customer.traits, '$', 'map<string,variant>'), cast(:p1 as string)), '$', 'map<string,variant>'), cast(:p2 as string))) as t0
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
-- p0: 'address.city'
-- p1: 'address'
-- p2: 'city'

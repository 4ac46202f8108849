-- city contains “os”
select customer.customer_id, coalesce(contains(case when schema_of_variant(customer.t0) = 'STRING' then try_variant_get(customer.t0, '$', 'string') end, cast(:p1 as string)), false) as c0, cast(null as timestamp) as n0
from (select customer.customer_id, try_element_at(try_variant_get(customer.traits, '$', 'map<string,variant>'), cast(:p0 as string)) as t0
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
-- p0: 'city'
-- p1: 'os'

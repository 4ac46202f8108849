-- plan is one of “gold”, 1, yes
select customer.customer_id, coalesce((case when schema_of_variant(customer.t0) = 'STRING' then try_variant_get(customer.t0, '$', 'string') end in (cast(:p1 as string)) or case when schema_of_variant(customer.t0) = 'BOOLEAN' then try_variant_get(customer.t0, '$', 'boolean') end in (cast(:p2 as boolean)) or case when abs(case when schema_of_variant(customer.t0) rlike '^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)' then try_variant_get(customer.t0, '$', 'double') end) <= 1e300 then case when schema_of_variant(customer.t0) rlike '^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)' then try_variant_get(customer.t0, '$', 'double') end end in (cast(:p3 as double))), false) as c0, cast(null as timestamp) as n0
from (select customer.customer_id, try_element_at(try_variant_get(customer.traits, '$', 'map<string,variant>'), cast(:p0 as string)) as t0
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
-- p0: 'plan'
-- p1: 'gold'
-- p2: True
-- p3: 1.0

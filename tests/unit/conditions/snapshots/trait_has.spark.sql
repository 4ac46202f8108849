-- likes has one of “tea”, 2
select customer.customer_id, coalesce(case when schema_of_variant(customer.t0) like 'ARRAY%' then exists(try_variant_get(customer.t0, '$', 'array<variant>'), element -> coalesce((case when schema_of_variant(element) = 'STRING' then try_variant_get(element, '$', 'string') end in (cast(:p1 as string)) or case when abs(case when schema_of_variant(element) rlike '^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)' then try_variant_get(element, '$', 'double') end) <= 1e300 then case when schema_of_variant(element) rlike '^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)' then try_variant_get(element, '$', 'double') end end in (cast(:p2 as double))), false)) end, false) as c0, cast(null as timestamp) as n0
from (select customer.customer_id, try_element_at(try_variant_get(customer.traits, '$', 'map<string,variant>'), cast(:p0 as string)) as t0
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
-- p0: 'likes'
-- p1: 'tea'
-- p2: 2.0

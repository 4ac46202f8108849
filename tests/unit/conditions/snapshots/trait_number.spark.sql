-- points is more than 100
select customer.customer_id, coalesce(case when abs(case when schema_of_variant(customer.t0) rlike '^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)' then try_variant_get(customer.t0, '$', 'double') end) <= 1e300 then case when schema_of_variant(customer.t0) rlike '^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)' then try_variant_get(customer.t0, '$', 'double') end end > cast(:p1 as double), false) as c0, cast(null as timestamp) as n0
from (select customer.customer_id, try_element_at(try_variant_get(customer.traits, '$', 'map<string,variant>'), cast(:p0 as string)) as t0
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
-- p0: 'points'
-- p1: 100.0

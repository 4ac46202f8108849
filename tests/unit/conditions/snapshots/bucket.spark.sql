-- is in the random 10 % from 0 to below 1,000 of “autumn”
select customer.customer_id, (mod(cast(conv(substr(md5(cast(:p0 as string) || ':' || cast(customer.customer_id as string)), 1, 8), 16, 10) as bigint), 10000) >= cast(:p1 as bigint) and mod(cast(conv(substr(md5(cast(:p0 as string) || ':' || cast(customer.customer_id as string)), 1, 8), 16, 10) as bigint), 10000) < cast(:p2 as bigint)) as c0, cast(null as timestamp) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
-- p0: 'autumn'
-- p1: 0
-- p2: 1000

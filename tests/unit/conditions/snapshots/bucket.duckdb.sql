-- is in the random 10 % from 0 to below 1,000 of “autumn”
select customer.customer_id, (mod(cast('0x' || substr(md5($p0::varchar || ':' || cast(customer.customer_id as varchar)), 1, 8) as bigint), 10000) >= $p1::bigint and mod(cast('0x' || substr(md5($p0::varchar || ':' || cast(customer.customer_id as varchar)), 1, 8) as bigint), 10000) < $p2::bigint) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id from copied_customer as customer) as customer
-- p0: 'autumn'
-- p1: 0
-- p2: 1000

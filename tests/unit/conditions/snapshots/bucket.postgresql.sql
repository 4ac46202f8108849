-- is in the random 10 % from 0 to below 1,000 of “autumn”
select customer.customer_id, (mod(('x' || lpad(substr(md5(%(p0)s::text || ':' || customer.customer_id::text), 1, 8), 16, '0'))::bit(64)::bigint, 10000) >= %(p1)s::bigint and mod(('x' || lpad(substr(md5(%(p0)s::text || ':' || customer.customer_id::text), 1, 8), 16, '0'))::bit(64)::bigint, 10000) < %(p2)s::bigint) as c0, cast(null as timestamptz) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
-- p0: 'autumn'
-- p1: 0
-- p2: 1000

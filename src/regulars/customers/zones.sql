-- name: zones
-- In which zone some people live, as their traits say: imports write `zone`, browsers `timezone`. Who says nothing is
-- left out.
select asked.customer_id, coalesce(person.traits ->> 'zone', person.traits ->> 'timezone') as zone
from unnest(%(ids)s::bigint[]) as asked (customer_id)
inner join customers.fact_customer as person using (customer_id)
where coalesce(person.traits ->> 'zone', person.traits ->> 'timezone') is not null

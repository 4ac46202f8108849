-- name: standing
-- Of some people, the value of each trait that stands, with when it was told.
select distinct on (person_id, name) person_id, name, value, occurred_at, position
from (
    select coalesce(atom.survivor_id, atom.customer_id) as person_id, trait.*
    from customers.customer as atom
    inner join customers.trait using (customer_id)
    where atom.customer_id = any(%(people)s::bigint[]) or atom.survivor_id = any(%(people)s::bigint[])
) as told
order by person_id, name, occurred_at desc, position desc

-- name: weigh
-- What happened under some atoms, the product's own doings left out.
select
    count(*) as events,
    count(distinct event.properties ->> 'order_id') filter (where event.name = 'Order Completed') as orders
from log.fact_event as event
where event.customer_id = any(%(atoms)s::bigint[]) and not starts_with(event.name, 'regulars.')

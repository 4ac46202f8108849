-- name: standing
-- Of some people, the value of each trait that stands, with when it was told.
select distinct on (person_id, name) person_id, name, value, occurred_at, position
from (
    select coalesce(atom.survivor_id, atom.customer_id) as person_id, trait.*
    from customers.customer as atom
    cross join lateral (
        select name, value, occurred_at, position from customers.standing_trait
        where standing_trait.customer_id = atom.customer_id
        offset 0  -- By index, never the whole table.
    ) as trait
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

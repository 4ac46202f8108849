-- Why: the history of traits is listed and exported, so its room publishes it.
-- On 10M rows: nothing, it is a view. Undo: drop view customers.fact_told;

create view customers.fact_told as
select
    coalesce(atom.survivor_id, atom.customer_id) as customer_id, told.customer_id as atom_id, told.name, told.value,
    told.occurred_at, told.position, told.source, told.origin, told.expires_at, told.stands, told.fits
from (
    select customer_id, name, value, occurred_at, position, source, origin, expires_at, true as stands, true as fits
    from customers.trait
    union all
    select customer_id, name, value, occurred_at, position, source, origin, expires_at, false, fits
    from customers.trait_value
) as told
inner join customers.customer as atom on atom.customer_id = told.customer_id;

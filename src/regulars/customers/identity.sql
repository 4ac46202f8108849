-- name: unsettle
-- Whoever shares an identifier with somebody else, and whoever has a trait that identifiers are read from
-- and were not: they wait to be settled anew.
insert into customers.unsettled (atom_id)
select claim.atom_id
from customers.shared
inner join customers.claim using (kind, value)
union
select trait.customer_id
from customers.standing_trait as trait
inner join unnest(%(kinds)s::text[], %(traits)s::text[]) as named (kind, trait) on named.trait = trait.name
where not exists (
    select from customers.claim where claim.atom_id = trait.customer_id and claim.kind = named.kind
)
on conflict do nothing

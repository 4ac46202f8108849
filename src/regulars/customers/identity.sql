-- name: unsettle
-- Everybody who shares an identifier with somebody else waits to be settled anew.
insert into customers.unsettled (atom_id)
select distinct claim.atom_id
from customers.shared
inner join customers.claim using (kind, value)
on conflict do nothing

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

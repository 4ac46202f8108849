-- name: people_of
-- Each value with the people who bear it, by their own identifier or by a claim.
select borne.value, array_agg(distinct person.person_id order by person.person_id) as people
from (
    select value, customer_id from customers.identifier
    where kind = %(kind)s and value = any(%(values)s::text[])
    union all
    select value, atom_id from customers.claim where kind = %(kind)s and value = any(%(values)s::text[])
) as borne
inner join customers.fact_person as person using (customer_id)
group by borne.value

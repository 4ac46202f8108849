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

-- name: surely_known
-- Whether a person was told with an identifier by somebody else than a page, whose key is public.
select exists (
    select from customers.fact_person as person
    inner join customers.claim on claim.atom_id = person.customer_id
    where person.person_id = %(customer_id)s and claim.kind = %(kind)s and claim.value = %(value)s and claim.verified
)

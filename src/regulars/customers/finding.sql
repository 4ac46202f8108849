-- name: find_many
-- The people behind identifiers of a kind: whose own they are, or, where they are nobody's own, who was seen with them.
with own as (
    select asked.value, identifier.customer_id
    from unnest(%(values)s::text[]) as asked (value)
    inner join customers.identifier on identifier.kind = %(kind)s and identifier.value = asked.value
),

seen as (
    select asked.value, claim.atom_id
    from unnest(%(values)s::text[]) as asked (value)
    inner join customers.claim on claim.kind = %(kind)s and claim.value = asked.value and claim.verified
    where asked.value not in (select value from own)
),

atom as (
    select value, customer_id from own
    union all
    select value, atom_id from seen
)

select atom.value, array_agg(distinct person.person_id order by person.person_id) as people
from atom
inner join customers.fact_person as person using (customer_id)
inner join customers.fact_customer as customer on person.person_id = customer.customer_id
group by atom.value

-- name: existing
-- Of some numbers, those of somebody, with the person.
select person.customer_id as asked_id, person.person_id
from customers.fact_person as person
inner join customers.fact_customer as customer on person.person_id = customer.customer_id
where person.customer_id = any(%(ids)s::bigint[])

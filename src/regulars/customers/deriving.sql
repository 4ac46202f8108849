-- name: stale_in
-- The persons of a range whose columns and terms are to be derived anew, with what they derive from.
with touched as (
    select distinct coalesce(atom.survivor_id, atom.customer_id) as customer_id
    from log.fact_event as event
    inner join customers.customer as atom using (customer_id)
    where
        event.position > %(after)s and event.position <= %(to)s
        and (
            event.type in ('identify', 'alias')
            or event.context ? 'externalIds'
            or not exists (
                select from customers.search_term as t
                where t.customer_id = coalesce(atom.survivor_id, atom.customer_id)
            )
        )
)

select
    touched.customer_id,
    (
        select coalesce(jsonb_object_agg(last.name, last.value), '{}')
        from (
            select distinct on (trait.name) trait.name, trait.value
            from (
                select touched.customer_id
                union all
                select member.customer_id
                from customers.customer as member where member.survivor_id = touched.customer_id
            ) as atom
            inner join customers.trait using (customer_id)
            order by trait.name, trait.occurred_at desc, trait.position desc
        ) as last
        where last.value <> 'null'
    ) as traits,
    (
        select coalesce(array_agg(known.value), '{}')
        from (
            select touched.customer_id
            union all
            select member.customer_id
            from customers.customer as member where member.survivor_id = touched.customer_id
        ) as atom
        cross join lateral (
            select identifier.value
            from customers.identifier
            where identifier.customer_id = atom.customer_id
            union all
            select claim.value
            from customers.claim
            where claim.atom_id = atom.customer_id and claim.kind <> all(%(contacts)s::text[])
        ) as known
    ) as identifiers
from touched

-- name: stale_of
-- The persons that some atoms belong to, with what their columns and terms derive from.
select
    person.customer_id,
    (
        select coalesce(jsonb_object_agg(last.name, last.value), '{}')
        from (
            select distinct on (trait.name) trait.name, trait.value
            from customers.customer as atom
            inner join customers.trait using (customer_id)
            where atom.customer_id = person.customer_id or atom.survivor_id = person.customer_id
            order by trait.name, trait.occurred_at desc, trait.position desc
        ) as last
        where last.value <> 'null'
    ) as traits,
    (
        select coalesce(array_agg(known.value), '{}')
        from customers.customer as atom
        cross join lateral (
            select identifier.value
            from customers.identifier
            where identifier.customer_id = atom.customer_id
            union all
            select claim.value
            from customers.claim
            where claim.atom_id = atom.customer_id and claim.kind <> all(%(contacts)s::text[])
        ) as known
        where atom.customer_id = person.customer_id or atom.survivor_id = person.customer_id
    ) as identifiers
from (
    select distinct coalesce(survivor_id, customer_id) as customer_id
    from customers.customer
    where customer_id = any(%(atoms)s::bigint[])
) as person
order by person.customer_id

-- name: derive
-- Write the derived columns of many customers.
update customers.customer
set
    traits = derived.traits,
    name = derived.name, name_folded = derived.name_folded,
    email = derived.email, email_folded = derived.email_folded,
    phone = derived.phone
from unnest(
    %(ids)s::bigint[], %(traits)s::jsonb[], %(names)s::text[], %(names_folded)s::text[],
    %(emails)s::text[], %(emails_folded)s::text[], %(phones)s::text[]
) as derived (customer_id, traits, name, name_folded, email, email_folded, phone)
where customer.customer_id = derived.customer_id

-- name: clear
-- Empty the rows of atoms that have become part of another person.
update customers.customer
set
    traits = '{}', name = null, name_folded = null, email = null, email_folded = null, phone = null,
    others_first_at = null, others_last_at = null
where customer_id = any(%(atoms)s::bigint[]) and survivor_id is not null

-- name: forget_terms
delete from customers.search_term where customer_id = any(%(ids)s)

-- name: derive
-- Write anew the rows of the persons that a range of the log told traits of, and of those that some atoms
-- belong to: the last value of each trait over all atoms, and the columns shown. Folds ASCII; gives the rest
-- to be folded outside, so that every server compares alike.
with asked as materialized (
    select
        coalesce(atom.survivor_id, atom.customer_id) as customer_id, event.properties as traits,
        -- Told of for the first time, and merged with nobody: the event's traits are the person's.
        event.position <> all(%(again)s::bigint[])
        and atom.survivor_id is null
        and not exists (
            select from customers.customer as member where member.survivor_id = atom.customer_id
            offset 0  -- By index, never the whole table.
        )
        and not event.properties ?| array(select path from customers.declared_trait)
        and not jsonb_path_exists(event.properties, '$.* ? (@ == null)') as is_first
    from log.fact_event as event
    cross join lateral (
        select customer_id, survivor_id from customers.customer where customer.customer_id = event.customer_id
        offset 0
    ) as atom
    where event.position > %(after)s and event.position <= %(to)s and event.type = 'identify'
    union all
    select coalesce(atom.survivor_id, atom.customer_id), null, false
    from unnest(%(atoms)s::bigint[]) as given (customer_id)
    inner join customers.customer as atom using (customer_id)
),

told as (
    select distinct customer_id from asked where not is_first
),

record as (
    select customer_id as atom_id, customer_id from told
    union all
    select member.customer_id, told.customer_id
    from told
    inner join customers.customer as member on member.survivor_id = told.customer_id
),

last as (
    select distinct on (record.customer_id, trait.name)
        record.customer_id, trait.name, nullif(trait.value, 'null') as value
    from record
    cross join lateral (
        select name, value, occurred_at, position
        from customers.trait
        where trait.customer_id = record.atom_id
        offset 0  -- By index, never joined with the whole table.
    ) as trait
    order by record.customer_id, trait.name, trait.occurred_at desc, trait.position desc
),

whole as (
    select
        told.customer_id,
        coalesce(jsonb_object_agg(last.name, last.value) filter (where last.value is not null), '{}') as traits
    from told
    left join last using (customer_id)
    group by told.customer_id
    union all
    select customer_id, traits from asked where is_first
),

shown as (
    select
        customer_id,
        traits,
        coalesce(
            customers.shown(traits -> 'name'),
            nullif(concat_ws(
                ' ',
                coalesce(customers.shown(traits -> 'first_name'), customers.shown(traits -> 'firstName')),
                coalesce(customers.shown(traits -> 'last_name'), customers.shown(traits -> 'lastName'))
            ), '')
        ) as name,
        customers.shown(traits -> 'email') as email,
        customers.shown(traits -> 'phone') as phone
    from whole
),

written as (
    update customers.customer
    set
        traits = shown.traits,
        name = shown.name,
        name_folded = customers.folded(shown.name),
        email = shown.email,
        email_folded = customers.folded(shown.email),
        phone = shown.phone
    from shown
    where customer.customer_id = shown.customer_id
    returning customer.customer_id, customer.name, customer.email
)

select customer_id, name, email
from written
where octet_length(name) <> char_length(name) or octet_length(email) <> char_length(email)

-- name: fold
-- What was folded outside.
update customers.customer
set name_folded = folded.name, email_folded = folded.email
from unnest(%(ids)s::bigint[], %(names)s::text[], %(emails)s::text[]) as folded (customer_id, name, email)
where customer.customer_id = folded.customer_id

-- name: clear
-- Empty the rows of atoms that have become part of another person.
update customers.customer
set
    traits = '{}', name = null, name_folded = null, email = null, email_folded = null, phone = null,
    others_first_at = null, others_last_at = null
where customer_id = any(%(atoms)s::bigint[]) and survivor_id is not null

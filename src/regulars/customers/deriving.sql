-- name: derive
-- Write anew the rows of the persons that a range of the log told traits of, and of those that some atoms
-- belong to: the last value of each trait over all atoms, and the columns shown. Folds ASCII; gives the rest
-- to be folded outside, so that every server compares alike.
with once as (
    -- All that is told of its customer, who is merged with nobody: the event's traits are the person's.
    select
        event.customer_id, event.properties as traits, event.position, event.occurred_at, event.source,
        event.context #>> '{provenance,kind}' as origin,
        case when not starts_with(event.name, 'regulars.') then event.occurred_at end as seen_at
    from log.fact_event as event
    where
        event.position > %(after)s and event.position <= %(to)s and event.type = 'identify'
        and event.customer_id is not null and event.position <> all(%(again)s::bigint[])
),

told as (
    select distinct coalesce(atom.survivor_id, atom.customer_id) as customer_id
    from (
        select event.customer_id from log.fact_event as event where event.position = any(%(again)s::bigint[])
        union all
        select unnest(%(atoms)s::bigint[])
    ) as given (customer_id)
    inner join customers.customer as atom using (customer_id)
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
        coalesce(jsonb_object_agg(last.name, last.value) filter (where last.value is not null), '{}') as traits,
        null::bigint as position, null::timestamptz as occurred_at, null as source, null as origin,
        null::timestamptz as seen_at
    from told
    left join last using (customer_id)
    group by told.customer_id
    union all
    select customer_id, traits, position, occurred_at, source, origin, seen_at from once
),

shown as materialized (
    select
        whole.*,
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
        phone = shown.phone,
        told_position = shown.position,
        told_at = shown.occurred_at,
        told_source = shown.source,
        told_origin = shown.origin,
        first_seen_at = least(customer.first_seen_at, shown.seen_at),
        last_seen_at = greatest(customer.last_seen_at, shown.seen_at)
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

-- name: take_turn
-- Those who write search terms do so one after the other.
select pg_advisory_xact_lock(%(key)s)

-- name: stale
-- Persons of a range whose terms are to be written anew: told something, moved, or new; and atoms that moved.
select distinct atom.customer_id
from log.fact_event as event
cross join lateral (
    select customer_id, survivor_id from customers.customer where customer.customer_id = event.customer_id
    offset 0  -- By index, never joined with the whole table.
) as atom
where
    event.position > %(after)s and event.position <= %(to)s
    and (
        event.type in ('identify', 'alias')
        or event.context ? 'externalIds'
        or (
            event.anonymous_id is not null and event.user_id is not null
            and not exists (
                select from customers.search_term as t
                where
                    t.customer_id = coalesce(atom.survivor_id, atom.customer_id)
                    and t.term = left(customers.folded(event.anonymous_id), %(signs_max)s)
            )
        )
        or not exists (
            select from customers.search_term as t
            where t.customer_id = coalesce(atom.survivor_id, atom.customer_id)
        )
    )

-- name: write
-- The terms of the persons that some atoms belong to, ASCII folded here; an atom that is no person has none.
-- Gives what is to be folded outside.
with asked as (
    select distinct customer_id
    from (
        select unnest(%(atoms)s::bigint[]) as customer_id
        union all
        select atom.survivor_id
        from unnest(%(atoms)s::bigint[]) as given (customer_id)
        cross join lateral (
            select survivor_id from customers.customer where customer.customer_id = given.customer_id
            offset 0  -- By index, here and below, never joined with the whole table.
        ) as atom
        where atom.survivor_id is not null
    ) as every
),

person as materialized (
    select asked.customer_id, shown.name_folded, shown.email_folded, shown.phone
    from asked
    cross join lateral (
        select name_folded, email_folded, phone, survivor_id
        from customers.customer
        where customer.customer_id = asked.customer_id
        offset 0
    ) as shown
    where shown.survivor_id is null
),

record as (
    select customer_id as atom_id, customer_id from person
    union all
    select member.customer_id, person.customer_id
    from person
    cross join lateral (
        select customer_id from customers.customer where customer.survivor_id = person.customer_id
        offset 0
    ) as member
),

known as materialized (
    select record.customer_id, own.value
    from record
    cross join lateral (
        select value from customers.identifier where identifier.customer_id = record.atom_id
        offset 0
    ) as own
    union all
    select record.customer_id, claimed.value
    from record
    cross join lateral (
        select kind, value from customers.claim where claim.atom_id = record.atom_id
        offset 0
    ) as claimed
    where claimed.kind <> all(%(contacts)s::text[])
),

wanted as materialized (
    select distinct customer_id, left(term, %(signs_max)s) as term
    from (
        select customer_id, string_to_table(name_folded, ' ') as term from person
        union all
        select customer_id, email_folded from person
        union all
        select customer_id, regexp_replace(phone, '[^0-9]+', '', 'g') from person
        union all
        select customer_id, customers.folded(value) from known where octet_length(value) = char_length(value)
    ) as told
    where term <> ''
),

present as (
    select asked.customer_id, had.term
    from asked
    cross join lateral (
        select term from customers.search_term where search_term.customer_id = asked.customer_id
        offset 0
    ) as had
),

gone as (
    delete from customers.search_term
    using (table present except table wanted) as old
    where search_term.customer_id = old.customer_id and search_term.term = old.term
),

written as (
    insert into customers.search_term (customer_id, term)
    select customer_id, term from wanted
    order by customer_id, term  -- As its index is.
    on conflict do nothing
)

select customer_id, value, false as is_phone from known where octet_length(value) <> char_length(value)
union all
select customer_id, phone, true from person where phone !~ '^[+][1-9][0-9]{6,14}$'

-- name: add
insert into customers.search_term (customer_id, term)
select customer_id, term
from unnest(%(ids)s::bigint[], %(terms)s::text[]) as told (customer_id, term)
on conflict do nothing

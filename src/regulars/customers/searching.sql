-- name: take_turn
-- Those who write search terms do so one after the other.
select pg_advisory_xact_lock(%(key)s)

-- name: write
-- The terms of the persons that a range of the log tells something of, and of those that some atoms belong to, ASCII
-- folded here; an atom that is no person has none. Not written is what is found where it stands: addresses, plain ids,
-- numbers that are claimed. Gives what is to be folded outside.
with asked as (
    select event.customer_id
    from log.fact_event as event
    where
        event.position > %(after)s and event.position <= %(to)s and event.customer_id is not null
        and (
            event.type in ('identify', 'alias')
            or event.context ? 'externalIds'
            or exists (  -- Seen with another id, or new and known by one that must be folded.
                select from customers.customer as atom
                where
                    atom.customer_id = event.customer_id
                    and case
                        when event.anonymous_id is not null and event.user_id is not null then not exists (
                            select from customers.search_term as t
                            where
                                t.customer_id = coalesce(atom.survivor_id, atom.customer_id)
                                and t.term = left(customers.folded(event.anonymous_id), %(signs_max)s)
                        )
                        else not customers.is_plain_term(coalesce(event.user_id, event.anonymous_id)) and not exists (
                            select from customers.search_term as t
                            where t.customer_id = coalesce(atom.survivor_id, atom.customer_id)
                        )
                    end
                offset 0  -- By index, here and below, never joined with the whole table.
            )
        )
    union
    select unnest(%(atoms)s::bigint[])
),

atom as materialized (
    select asked.customer_id, shown.*
    from asked
    cross join lateral (
        select survivor_id, name_folded, email_folded, phone, told_position is null as may_have_members
        from customers.customer
        where customer.customer_id = asked.customer_id
        offset 0
    ) as shown
),

person as materialized (
    select customer_id, name_folded, email_folded, phone, may_have_members from atom where survivor_id is null
    union all
    select survivor.customer_id, shown.name_folded, shown.email_folded, shown.phone, true
    from (
        select survivor_id as customer_id from atom where survivor_id is not null
        except
        select customer_id from atom
    ) as survivor
    cross join lateral (
        select name_folded, email_folded, phone
        from customers.customer
        where customer.customer_id = survivor.customer_id and customer.survivor_id is null
        offset 0
    ) as shown
),

record as (
    select customer_id as atom_id, customer_id, phone from person
    union all
    select member.customer_id, person.customer_id, person.phone
    from person
    cross join lateral (
        select customer_id from customers.customer where customer.survivor_id = person.customer_id
        offset 0
    ) as member
    where person.may_have_members
),

claimed as materialized (
    select record.customer_id, claimed.kind, claimed.value,
        claimed.value = record.phone and claimed.value ~ '^[+][1-9][0-9]{6,14}$' as is_phone
    from record
    cross join lateral (
        select kind, value from customers.claim where claim.atom_id = record.atom_id
        offset 0
    ) as claimed
),

known as materialized (
    select record.customer_id, own.value
    from record
    cross join lateral (
        select value from customers.identifier where identifier.customer_id = record.atom_id
        offset 0
    ) as own
    where not customers.is_plain_term(own.value)
    union all
    select customer_id, value from claimed where kind <> all(%(contacts)s::text[])
),

wanted as materialized (
    select distinct customer_id, left(term, %(signs_max)s) as term
    from (
        select customer_id, string_to_table(name_folded, ' ') as term from person
        union all
        select customer_id, email_folded from person where char_length(email_folded) > %(signs_max)s
        union all
        select customer_id, regexp_replace(phone, '[^0-9]+', '', 'g')
        from (
            select customer_id, phone from person where phone is not null
            except
            select customer_id, value from claimed where is_phone
        ) as unclaimed
        union all
        select customer_id, customers.folded(value) from known where octet_length(value) = char_length(value)
    ) as told
    where term <> ''
),

present as (
    select every.customer_id, had.term
    from (select customer_id from atom union select customer_id from person) as every
    cross join lateral (
        select term from customers.search_term where search_term.customer_id = every.customer_id
        offset 0
    ) as had
    -- Whoever is newer than all that have terms needs no look of their own.
    where every.customer_id <= (select max(customer_id) from customers.search_term)
),

gone as (
    delete from customers.search_term
    using (table present except table wanted) as old
    where search_term.customer_id = old.customer_id and search_term.term = old.term
),

written as (
    insert into customers.search_term (customer_id, term)
    select customer_id, term from (table wanted except table present) as new
    order by term, customer_id  -- As its key is.
)

select customer_id, value, false as is_phone from known where octet_length(value) <> char_length(value)
union all
select customer_id, phone, true from person where phone !~ '^[+][1-9][0-9]{6,14}$'

-- name: add
insert into customers.search_term (customer_id, term)
select customer_id, term
from unnest(%(ids)s::bigint[], %(terms)s::text[]) as told (customer_id, term)
on conflict do nothing

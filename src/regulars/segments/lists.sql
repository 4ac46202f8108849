-- name: entries_of
select count(*)::integer from segments.list_entry where segment_key = %(key)s

-- name: put
-- Put customers on a list; who stands there already stays as they were put, but for how long. Gives who is new.
insert into segments.list_entry as entry (segment_key, atom_id, added_at, added_by, until)
select %(key)s, one.atom_id, %(at)s, %(by)s, %(until)s
from unnest(%(atoms)s::bigint[]) as one (atom_id)
order by one.atom_id
on conflict (segment_key, atom_id) do update set until = excluded.until
where entry.until is distinct from excluded.until
returning entry.atom_id

-- name: standing
-- Of some people, those who stand on a list by any of their profiles.
select distinct person.person_id
from segments.list_entry as entry
inner join customers.fact_person as person on entry.atom_id = person.customer_id
where entry.segment_key = %(key)s and person.person_id = any(%(people)s::bigint[])

-- name: take
-- Take people off a list, by whichever of their profiles they were put there; gives the people.
delete from segments.list_entry as entry
using customers.fact_person as person
where
    entry.segment_key = %(key)s and entry.atom_id = person.customer_id
    and person.person_id = any(%(people)s::bigint[])
returning person.person_id

-- name: known_of
-- Of some numbers, those of somebody, with the person.
select person.customer_id as asked_id, person.person_id
from customers.fact_person as person
inner join customers.fact_customer as customer on person.person_id = customer.customer_id
where person.customer_id = any(%(ids)s::bigint[])

-- name: entries
-- A page of who stands on a list, by customer; of two profiles of one person the one put there first.
select
    person.person_id as customer_id, min(entry.added_at) as added_at,
    (array_agg(entry.added_by order by entry.added_at))[1] as added_by,
    case when count(*) = count(entry.until) then max(entry.until) end as until
from segments.list_entry as entry
inner join customers.fact_person as person on entry.atom_id = person.customer_id
where entry.segment_key = %(key)s
group by person.person_id
having person.person_id > %(after)s
order by person.person_id
limit %(limit)s

-- name: copy_present
-- Put everybody on a list who is in a segment now; gives how many.
insert into segments.list_entry (segment_key, atom_id, added_at, added_by)
select %(into)s, customer_id, %(at)s, %(by)s
from segments.membership
where segment_id = %(segment_id)s and left_at is null
on conflict do nothing

-- name: copy_past
-- Put everybody on a list who was in a segment at an instant; gives how many.
insert into segments.list_entry (segment_key, atom_id, added_at, added_by)
select distinct %(into)s, person.person_id, %(at)s::timestamptz, %(by)s
from segments.membership
inner join customers.fact_person as person using (customer_id)
inner join customers.fact_customer as customer on person.person_id = customer.customer_id
where
    membership.segment_id = %(segment_id)s
    and membership.entered_at <= %(of)s and (membership.left_at is null or membership.left_at > %(of)s)
on conflict do nothing

-- name: ended
-- Take off whose time on a list is over; gives the lists and people.
delete from segments.list_entry as entry
using customers.fact_person as person
where entry.until <= %(at)s and entry.atom_id = person.customer_id
returning entry.segment_key, person.person_id

-- name: forget_entries
delete from segments.list_entry where segment_key = %(key)s

-- name: not_live
-- Lists that people stand on and that are not live now.
select distinct entry.segment_key
from segments.list_entry as entry
left join segments.segment as known using (segment_key)
where not coalesce(known.live, false)
order by entry.segment_key

-- name: listed_otherwise
-- Who stands on some lists and is not in, or is in and stands there no more.
with standing as (
    select known.segment_id, person.person_id as customer_id
    from segments.segment as known
    inner join segments.list_entry as entry using (segment_key)
    inner join customers.fact_person as person on entry.atom_id = person.customer_id
    inner join customers.fact_customer as customer on person.person_id = customer.customer_id
    where known.segment_id = any(%(ids)s::integer[]) and (entry.until is null or entry.until > %(at)s)
),

present as (
    select segment_id, customer_id
    from segments.membership
    where left_at is null and segment_id = any(%(ids)s::integer[])
)

select distinct customer_id
from standing full join present using (segment_id, customer_id)
where standing.segment_id is null or present.segment_id is null

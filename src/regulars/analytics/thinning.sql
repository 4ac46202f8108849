-- name: thinned
select first_position, end_position, kept, dropped, thinned_at from analytics.thinned order by first_position

-- name: thinned_to
-- From this position on, PostgreSQL holds every event.
select coalesce(max(end_position), 1) from analytics.thinned

-- name: note
insert into analytics.thinned (first_position, end_position, kept, dropped)
values (%(first_position)s, %(end_position)s, %(kept)s, %(dropped)s)

-- name: note_kept
insert into analytics.kept (first_position, name)
select %(first_position)s, name from unnest(%(names)s::text[]) as given (name)
on conflict do nothing

-- name: kept
-- By thinned piece, the names whose events are all there.
select first_position, name from analytics.kept

-- name: brought
-- What came back to a piece is among what it keeps.
update analytics.thinned set kept = kept + %(rows)s, dropped = dropped - %(rows)s where first_position = %(first_position)s

-- name: ask_nobody_to_erase
-- Until the commit no erasure and no expiry is asked for.
lock table analytics.erasure in share mode

-- name: erased
-- Who was erased; while people are held, nobody joins them.
select customer_id from customers.fact_erased

-- name: figures
-- What is compared of a piece of the log with the lake.
select count(*) as events, coalesce(sum(position), 0)::text as positions,
       coalesce(sum(customer_id), 0)::text as customers,
       coalesce(sum(octet_length(message_id) + octet_length(name) + octet_length(properties::text)), 0)::text as text_bytes,
       coalesce(sum(octet_length(coalesce(user_id, '')) + octet_length(coalesce(anonymous_id, ''))
           + octet_length(coalesce(context::text, '')) + octet_length(source) + octet_length(type)), 0)::text as who_bytes,
       coalesce(sum((extract(epoch from occurred_at) * 1000000)::bigint + (extract(epoch from received_at) * 1000000)::bigint
           + (extract(epoch from booked_at) * 1000000)::bigint), 0)::text as instants
from log.fact_event where position >= %(first_position)s and position < %(end_position)s

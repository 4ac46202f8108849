-- name: thinned
select first_position, end_position, kept, dropped, thinned_at from analytics.thinned order by first_position

-- name: thinned_to
-- From this position on, PostgreSQL holds every event.
select coalesce(max(end_position), 1) from analytics.thinned

-- name: note
insert into analytics.thinned (first_position, end_position, kept, dropped)
values (%(first_position)s, %(end_position)s, %(kept)s, %(dropped)s)

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

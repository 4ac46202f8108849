-- name: head
-- The last position that is given; every smaller one is committed.
select coalesce(max(position), 0) from log.fact_event

-- name: recent
-- What follows a position in PostgreSQL, in its order, with the survivor of each person; the next one always,
-- then as many as stay within the bytes.
select
    position, booked_at, occurred_at, received_at, message_id, source, type, name, sized.customer_id,
    coalesce(person.person_id, sized.customer_id) as person_id, user_id, anonymous_id, properties, context, history,
    schema_version, hops
from (
    select
        *, row_number() over (order by position) as place,
        sum(octet_length(properties) + coalesce(octet_length(context), 0) + 600) over (order by position) as bytes
    from (
        select
            position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id, user_id,
            anonymous_id, properties::text as properties, context::text as context, history, schema_version, hops
        from log.fact_event
        where position > %(after)s and position <= %(to)s
        order by position
        limit %(limit)s
    ) as found
) as sized
left join lateral (
    select one.person_id from customers.fact_person as one where one.customer_id = sized.customer_id
) as person on true
where bytes <= %(bytes_max)s or place = 1
order by position

-- name: people
-- The survivor of each of these customers.
select customer_id, person_id from customers.fact_person where customer_id = any (%(ids)s)

-- name: reading
-- Says until the end of the transaction that files of the lake are read; erasing waits for it.
select pg_advisory_xact_lock_shared(%(lock)s)

-- name: state
-- Which version of a table counts and how far it goes; none while nothing was written.
select version, watermark from analytics.lake where name = %(name)s and version is not null

-- name: may_be_removed
-- Whether a retention reached beyond what stands at a position, so that what follows it may be gone.
select exists (
    select from analytics.erasure
    where before is not null and before > coalesce(
        (
            select booked_at from log.fact_event where position <= %(position)s order by position desc limit 1
        ), '-infinity'
    )
)

-- name: timeline
-- The events of some customers, latest first by the client's time, after a place in that order.
select event.position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id, properties,
       context, history, schema_version, hops
from unnest(%(customer_ids)s::bigint[]) as person (id)
cross join lateral (
    select * from log.event
    where customer_id = person.id
      and (%(before_at)s::timestamptz is null or (occurred_at, position) < (%(before_at)s, %(before_position)s::bigint))
      and (%(names)s::text[] is null or name = any (%(names)s))
    order by occurred_at desc, position desc
    limit %(limit)s
) as event
order by occurred_at desc, event.position desc
limit %(limit)s

-- name: events_from
-- A range of the log, by position.
select position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id, properties, context,
       history, schema_version, hops
from log.event
where position > %(after)s and position <= %(to)s
order by position

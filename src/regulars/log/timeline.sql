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
      and (%(sources)s::text[] is null or source = any (%(sources)s))
      and (%(since)s::timestamptz is null or occurred_at >= %(since)s)
      and (%(until)s::timestamptz is null or occurred_at < %(until)s)
    order by occurred_at desc, position desc
    limit %(limit)s
) as event
order by occurred_at desc, event.position desc
limit %(limit)s

-- name: sources
-- Where the latest events of some customers came from, by name.
select distinct source from (
    select latest.source
    from unnest(%(customer_ids)s::bigint[]) as person (id)
    cross join lateral (
        select source from log.event where customer_id = person.id
        order by occurred_at desc, position desc
        limit %(limit)s
    ) as latest
) as seen
order by source

-- name: events_from
-- A range of the log, by position.
select position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id, properties, context,
       history, schema_version, hops
from log.event
where position > %(after)s and position <= %(to)s
order by position

-- name: latest
-- The newest of the last so many events that came from outside, whole.
select position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id, user_id, anonymous_id,
       properties, context, history
from log.fact_event
where position > (select max(position) from log.fact_event) - %(within)s and position > %(after)s
  and source <> 'regulars'
  and (%(source)s::text is null or source = %(source)s)
  and (%(name)s::text is null or name = %(name)s)
order by position desc
limit %(limit)s

-- name: one
select position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id, user_id, anonymous_id,
       properties, context, history
from log.fact_event where position = %(position)s

-- name: examples
-- The properties at some positions.
select position, properties from log.fact_event where position = any (%(positions)s)

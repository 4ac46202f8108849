-- name: partitions
-- The pieces of the log by position, the first first: their bounds, and what stands in the finished ones.
select
    child.relname as name,
    substring(pg_get_expr(child.relpartbound, child.oid) from 'FROM \(''?(\d+)')::bigint as first_position,
    substring(pg_get_expr(child.relpartbound, child.oid) from 'TO \(''?(\d+)')::bigint as end_position,
    greatest(child.reltuples, 0)::bigint as about_rows,
    pg_total_relation_size(child.oid) as total_bytes
from pg_inherits
inner join pg_class as child on child.oid = pg_inherits.inhrelid
where pg_inherits.inhparent = 'log.event'::regclass
order by first_position

-- name: last_of
-- When the last event below a position was booked.
select booked_at from log.event where position < %(end_position)s order by position desc limit 1

-- name: stage_past
create temporary table past_event (like log.event) on commit drop

-- name: put_past
-- What is there already stays as it is.
insert into log.event (
    position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id, properties, context,
    history, schema_version, hops, user_id, anonymous_id
)
select
    position, booked_at, occurred_at, received_at, message_id, source, type, name, customer_id, properties, context,
    history, schema_version, hops, user_id, anonymous_id
from pg_temp.past_event
order by position
on conflict (position) do nothing

-- name: unstage_past
drop table pg_temp.past_event

-- name: needed
-- Why the readers still need events below a position; empty when they do not.
select 'The reader ' || name || ' has only applied events up to ' || position || '.' as reason
from log.reader where position < %(end_position)s - 1
union all
select 'The reader ' || reader || ' set the event ' || min(position) || ' aside: replay or dismiss it.'
from log.set_aside where position >= %(first_position)s and position < %(end_position)s group by reader

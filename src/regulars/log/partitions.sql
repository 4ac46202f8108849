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

-- name: needed
-- Why the readers still need events below a position; empty when they do not.
select 'The reader ' || name || ' has only applied events up to ' || position || '.' as reason
from log.reader where position < %(end_position)s - 1
union all
select 'The reader ' || reader || ' set the event ' || min(position) || ' aside: replay or dismiss it.'
from log.set_aside where position >= %(first_position)s and position < %(end_position)s group by reader

-- name: readers
-- Every reader by name; how long the oldest event it has not applied has waited.
select reader.name, reader.position, sequencer.next_position - 1 as head, reader.follows, reader.paused,
       sequencer.next_position - 1 - reader.position as lag_events,
       coalesce(extract(epoch from clock_timestamp() - event.received_at), 0)::float8 as lag_seconds,  -- wall clock
       (select count(*) from log.set_aside where set_aside.reader = reader.name) as set_aside,
       reader.applied, reader.failures, reader.last_error, reader.last_error_at, reader.last_applied_at,
       case when reader.busy_seconds > 0 then reader.applied / reader.busy_seconds else 0 end::float8 as events_per_second
from log.reader cross join log.sequencer
left join log.event on event.position = reader.position + 1
order by reader.name

-- name: sequencer
select next_position - 1 as head, nullif(booked_at, '-infinity') as booked_at, duplicates,
       (select count(*) from log.inbox) as waiting,
       (select count(*) from log.reject where state = 'open') as rejects
from log.sequencer

-- name: waiting
select count(*) from log.inbox

-- name: set_aside
-- What one reader, or any, has set aside, the latest first.
select set_aside.reader, set_aside.position, set_aside.reason, set_aside.attempts, set_aside.set_aside_at,
       event.name, event.customer_id, event.occurred_at
from log.set_aside join log.event on event.position = set_aside.position
where (%(reader)s::text is null or set_aside.reader = %(reader)s)
order by set_aside.set_aside_at desc, set_aside.position desc
limit %(limit)s

-- name: pause
-- Waits for a step that is under way; after it the reader stands.
update log.reader set paused = %(paused)s where name = %(name)s

-- name: dismiss
delete from log.set_aside where reader = %(reader)s and position = %(position)s

-- name: is_settled
-- Whether nothing committed waits for the sequencer, nor for a reader that could take it.
select not exists (select from log.inbox) and not exists (
    select from log.reader cross join log.sequencer
    where not reader.paused
      and reader.position < least(sequencer.next_position - 1, (
          select min(followed.position) from log.reader followed where followed.name = any (reader.follows))))

-- name: register
-- Makes the cursor if there is none; whom it follows may change with the code.
insert into log.reader (name, follows, position)
select %(name)s, %(follows)s, case when %(at_head)s then next_position - 1 else 0 end from log.sequencer
on conflict (name) do update set follows = excluded.follows where reader.follows <> excluded.follows

-- name: hold
-- Locks the cursor until the transaction ends; no row when it is held elsewhere or paused. The bound is the
-- head, or the slowest of those it follows; both only grow, so an older sight of them is safe.
select reader.position,
       least((select next_position - 1 from log.sequencer),
             (select min(coalesce(leader.position, 0))
              from unnest(reader.follows) as followed (name) left join log.reader leader on leader.name = followed.name)
       ) as bound
from log.reader
where reader.name = %(name)s and not reader.paused
for update of reader skip locked

-- name: booked_at
select booked_at from log.event where position = %(position)s

-- name: is_from_outside
-- Whether a range of the log holds anything but the product's own doings.
select exists (
    select from log.event
    where
        position > %(after)s and position <= %(to)s
        and not (
            starts_with(name, 'regulars.') and type = 'track'
            and user_id is null and anonymous_id is null and context is null
        )
)

-- name: move
-- The cursor goes on, in the transaction of the effect.
update log.reader
set position = %(position)s, applied = applied + %(events)s, failures = 0,
    busy_seconds = busy_seconds + %(seconds)s, last_applied_at = clock_timestamp()  -- wall clock
where name = %(name)s

-- name: note_failure
update log.reader
set failures = failures + %(more)s, last_error = %(reason)s, last_error_at = clock_timestamp()  -- wall clock
where name = %(name)s

-- name: set_aside
insert into log.set_aside (reader, position, reason) values (%(name)s, %(position)s, %(reason)s)
on conflict (reader, position) do update set reason = excluded.reason, attempts = set_aside.attempts + 1

-- name: with_work
-- Of the named readers, those that could move now. One statement for all, so that idling is cheap.
select reader.name
from log.reader cross join log.sequencer
where reader.name = any (%(names)s) and not reader.paused
  and reader.position < least(sequencer.next_position - 1,
      (select min(coalesce(leader.position, 0))
       from unnest(reader.follows) as followed (name) left join log.reader leader on leader.name = followed.name))

-- name: hold_set_aside
-- Locks one set-aside event.
select position from log.set_aside where reader = %(name)s and position = %(position)s for update

-- name: hold_reader
select position from log.reader where name = %(name)s for update

-- name: forget_set_aside
delete from log.set_aside where reader = %(name)s and position = %(position)s

-- name: passed_followers
-- Who follows the reader, directly or not, and has passed the position; locked, the nearest first.
with recursive follower as (
    select reader.name, 1 as steps from log.reader where %(name)s = any (reader.follows)
    union
    select reader.name, follower.steps + 1 from log.reader
    inner join follower on follower.name = any (reader.follows) where follower.steps < 20
)
select reader.name from log.reader
inner join (select name, max(steps) as steps from follower group by name) as follower using (name)
where reader.position >= %(position)s
order by follower.steps, reader.name
for update of reader

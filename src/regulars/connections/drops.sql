-- name: alone
-- One look at a drop at a time, whoever asks; a process that is killed lets go.
select pg_try_advisory_lock(hashtextextended('connections.drop/' || %(drop_key)s, 0))

-- name: let_go
-- At once; the end of the connection alone is seen by the server only a moment later.
select pg_advisory_unlock(hashtextextended('connections.drop/' || %(drop_key)s, 0))

-- name: note_drop
-- A new drop is looked at when it is next due; a changed schedule gives a new instant.
insert into connections.drop_state as known (drop_key, next_look_at, rule)
values (%(drop_key)s, %(next_look_at)s, %(rule)s)
on conflict (drop_key) do update set next_look_at = excluded.next_look_at, rule = excluded.rule
where known.rule <> excluded.rule

-- name: due
-- The drops that are due, which nobody else takes meanwhile.
select drop_key, next_look_at from connections.drop_state
where drop_key = any(%(drop_keys)s) and next_look_at <= %(now)s
order by drop_key
for update skip locked

-- name: set_next
update connections.drop_state set next_look_at = %(next_look_at)s where drop_key = %(drop_key)s

-- name: note_look
insert into connections.drop_state (drop_key, next_look_at, rule, looked_at, found, waiting, problem)
values (%(drop_key)s, %(again_at)s, '', %(looked_at)s, %(found)s, %(waiting)s, %(problem)s)
on conflict (drop_key) do update
set
    looked_at = excluded.looked_at, found = excluded.found, waiting = excluded.waiting,
    problem = excluded.problem,
    next_look_at = case
        when excluded.waiting > 0 then least(drop_state.next_look_at, excluded.next_look_at)
        else drop_state.next_look_at
    end

-- name: known
-- What was picked up under these names, the latest first.
select pickup_id, name, size, sha256, modified_at, state, moved from connections.pickup
where drop_key = %(drop_key)s and name = any(%(names)s)
order by pickup_id desc

-- name: same_content
-- The first file with this content that was handed on, under another name.
select pickup_id from connections.pickup
where drop_key = %(drop_key)s and sha256 = %(sha256)s and state = 'handed' and name <> %(name)s
order by pickup_id
limit 1

-- name: note_pickup
-- Once for a name and content. One that was asked for again, or failed, gets its new outcome.
insert into connections.pickup as known
    (drop_key, name, size, sha256, modified_at, picked_at, state, import_ref, same_as, problem)
values
    (%(drop_key)s, %(name)s, %(size)s, %(sha256)s, %(modified_at)s, %(picked_at)s, %(state)s, %(import_ref)s,
    %(same_as)s, %(problem)s)
on conflict (drop_key, name, size, sha256) do update
set
    state = excluded.state, import_ref = coalesce(excluded.import_ref, known.import_ref),
    modified_at = excluded.modified_at, picked_at = excluded.picked_at, problem = excluded.problem,
    same_as = excluded.same_as
where known.state <> 'handed'

-- name: touch_pickup
-- The same content, written anew: it is not fetched again.
update connections.pickup set modified_at = %(modified_at)s
where drop_key = %(drop_key)s and name = %(name)s and size = %(size)s and sha256 = %(sha256)s

-- name: note_moved
update connections.pickup set moved = true
where drop_key = %(drop_key)s and name = %(name)s and size = %(size)s

-- name: ask_again
update connections.pickup set state = 'asked', problem = null
where pickup_id = %(pickup_id)s and drop_key = %(drop_key)s and state in ('same', 'failed')

-- name: states
select drop_key, next_look_at, looked_at, found, waiting, problem from connections.drop_state
where rule <> '' or looked_at is not null
order by drop_key

-- name: pickups
select
    pickup.pickup_id, pickup.drop_key, pickup.name, pickup.size, pickup.sha256, pickup.picked_at, pickup.state,
    pickup.import_ref, pickup.moved, pickup.problem, first.name as same_name
from connections.pickup
left join connections.pickup as first on first.pickup_id = pickup.same_as
where
    (%(drop_key)s::text is null or pickup.drop_key = %(drop_key)s)
    and (%(before)s::bigint is null or pickup.pickup_id < %(before)s)
order by pickup.pickup_id desc
limit %(limit)s

-- name: note_box
-- A mailbox that is new is due at once.
insert into deliverability.mailbox_state (mailbox_key, next_look_at)
select given.mailbox_key, %(now)s
from unnest(%(keys)s::text[]) as given (mailbox_key)
on conflict do nothing

-- name: due
select mailbox_key from deliverability.mailbox_state
where mailbox_key = any(%(keys)s) and next_look_at <= %(now)s
order by next_look_at, mailbox_key

-- name: forget_boxes
delete from deliverability.mailbox_state where not mailbox_key = any(%(keys)s)

-- name: look_now
update deliverability.mailbox_state set next_look_at = %(now)s where mailbox_key = %(key)s

-- name: alone
select pg_try_advisory_lock(hashtextextended('deliverability.mailbox/' || %(key)s, 0))

-- name: let_go
select pg_advisory_unlock(hashtextextended('deliverability.mailbox/' || %(key)s, 0))

-- name: note_look
update deliverability.mailbox_state
set
    looked_at = %(looked_at)s, next_look_at = %(again_at)s, found = %(found)s, taken = taken + %(found)s,
    problem = %(problem)s
where mailbox_key = %(key)s

-- name: states
select mailbox_key, next_look_at, looked_at, found, taken, problem from deliverability.mailbox_state
order by mailbox_key

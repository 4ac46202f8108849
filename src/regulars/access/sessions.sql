-- name: begin
-- A session of somebody active whose password is still the one checked; the person's row is held meanwhile.
insert into access.session (person_id, token_hash, address, agent, began_at, seen_at, idle_until, ends_at)
select person_id, %(token_hash)s, %(address)s, %(agent)s, %(now)s, %(now)s, %(idle_until)s, %(ends_at)s
from access.person
where person_id = %(person_id)s and active and password_hash = %(password_hash)s
for share
returning session_id

-- name: session
-- The session of a token that is neither ended, idle too long, at its end, nor of somebody shut out.
select session_id, person_id, address, agent, began_at, seen_at, idle_until, ends_at
from access.session
join access.person using (person_id)
where token_hash = %(token_hash)s
    and ended_at is null and idle_until > %(now)s and ends_at > %(now)s
    and active

-- name: slide
-- Skips when another request of the session is at it.
update access.session
set seen_at = %(now)s, idle_until = least(%(idle_until)s, ends_at)
where session_id in (
    select session_id from access.session where session_id = %(session_id)s and ended_at is null
    for update skip locked
)

-- name: sessions
-- Living sessions of one person, the latest seen first.
select session_id, person_id, address, agent, began_at, seen_at, idle_until, ends_at
from access.session
where person_id = %(person_id)s and ended_at is null and idle_until > %(now)s and ends_at > %(now)s
order by seen_at desc, session_id desc

-- name: owner
-- Whose session it is.
select person_id from access.session where session_id = %(session_id)s

-- name: end
-- A no-op when it has ended.
update access.session set ended_at = %(now)s where session_id = %(session_id)s and ended_at is null

-- name: end_others
-- Every session of one person but one.
update access.session set ended_at = %(now)s
where person_id = %(person_id)s and session_id <> %(session_id)s and ended_at is null

-- name: forget_old
-- Sessions over for long.
delete from access.session where coalesce(ended_at, least(idle_until, ends_at)) < %(since)s

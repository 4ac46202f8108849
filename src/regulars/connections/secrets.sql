-- name: lock_name
-- Two who set the same secret at once come one after the other.
select pg_advisory_xact_lock(hashtextextended('connections.secret/' || %(name)s, 0))

-- name: end_former
-- The newest so far stays valid until an instant; those already ending keep theirs.
update connections.secret set ends_at = %(ends_at)s where name = %(name)s and ends_at is null

-- name: insert_secret
insert into connections.secret (name, sealed, set_at, set_by)
values (%(name)s, %(sealed)s, %(set_at)s, %(set_by)s)

-- name: valid
-- The sealed values that count at an instant, newest first.
select sealed from connections.secret
where name = %(name)s and (ends_at is null or ends_at > %(now)s)
order by secret_id desc

-- name: told
-- When and by whom each that still counts was set, newest first; not what it is.
select name, set_at, set_by, ends_at from connections.secret
where name = %(name)s and (ends_at is null or ends_at > %(now)s)
order by secret_id desc

-- name: forget
delete from connections.secret where name = %(name)s

-- name: forget_ended
delete from connections.secret where ends_at <= %(now)s

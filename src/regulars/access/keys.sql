-- name: make
-- Gives the new key's number.
insert into access.key (kind, name, secret_hash, level, function, scope, owner_id, created_at)
values (
    %(kind)s, %(name)s, %(secret_hash)s, %(level)s, %(function)s, %(scope)s, %(owner_id)s, %(at)s
)
returning key_id

-- name: key
-- One key, revoked or not.
select
    key.key_id, key.kind, key.name, key.level, key.function, key.scope, key.owner_id, person.name as owner_name,
    key.created_at, key.last_used_at, key.revoked_at, key.secret_hash
from access.key
left join access.person on person.person_id = key.owner_id
where key.key_id = %(key_id)s

-- name: keys
-- Every key, those in force first.
select
    key.key_id, key.kind, key.name, key.level, key.function, key.scope, key.owner_id, person.name as owner_name,
    key.created_at, key.last_used_at, key.revoked_at, key.secret_hash
from access.key
left join access.person on person.person_id = key.owner_id
order by key.revoked_at is not null, key.name, key.key_id

-- name: note_use
-- Skips when another request with the same key is at it.
update access.key set last_used_at = %(now)s
where key_id in (select key_id from access.key where key_id = %(key_id)s for update skip locked)

-- name: revoke
-- A no-op when it was revoked before.
update access.key set revoked_at = %(now)s where key_id = %(key_id)s and revoked_at is null

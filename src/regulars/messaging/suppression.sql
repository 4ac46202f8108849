-- name: secret
-- The key under which this workspace hashes addresses.
select value from messaging.secret

-- name: suppress
-- Addresses nothing is sent to any more; the first reason stays.
insert into messaging.suppression (channel, address_hash, reason, suppressed_at)
select %(channel)s, hash, %(reason)s, %(at)s
from unnest(%(hashes)s::bytea[]) as hash
order by hash
on conflict do nothing

-- name: suppressed
-- Of these hashes, those that are suppressed.
select address_hash from messaging.suppression where channel = %(channel)s and address_hash = any(%(hashes)s)

-- name: found
-- What stands against one address.
select reason, suppressed_at from messaging.suppression where channel = %(channel)s and address_hash = %(hash)s

-- name: lift
delete from messaging.suppression where channel = %(channel)s and address_hash = %(hash)s

-- name: take_back
-- Only what was suppressed for this reason.
delete from messaging.suppression
where channel = %(channel)s and address_hash = %(hash)s and reason = %(reason)s

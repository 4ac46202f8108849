-- name: admit
-- A device let in by a link; a link that let one in before lets in no other.
insert into portal.device (atom_id, link_hash, address, generation, proven_at, ends_at)
values (%(atom_id)s, %(link_hash)s, %(address)s, %(generation)s, %(now)s, %(ends_at)s)
on conflict (link_hash) do nothing
returning device_id

-- name: used
select exists (select from portal.device where link_hash = %(link_hash)s) as used

-- name: device
select device_id, atom_id, link_hash, address, generation, ends_at
from portal.device
where device_id = %(device_id)s and ends_at > %(now)s

-- name: leave
-- The link it came in by stays used, so that it lets nobody in again.
update portal.device set ends_at = least(ends_at, greatest(proven_at, %(now)s))
where device_id = %(device_id)s

-- name: forget
delete from portal.device where ends_at < %(before)s

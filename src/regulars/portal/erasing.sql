-- name: devices
select proven_at, ends_at from portal.device where atom_id = any(%(atoms)s::bigint[]) order by device_id

-- name: erase
delete from portal.device where atom_id = any(%(atoms)s::bigint[])

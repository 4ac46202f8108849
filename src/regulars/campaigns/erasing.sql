-- name: held
select key as campaign, arm, entered_at, window_ends_at, converted_at
from campaigns.member
where atom_id = any(%(atoms)s::bigint[])
order by entered_at, key

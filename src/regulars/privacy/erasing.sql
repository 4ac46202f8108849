-- name: remembered
select erasure_id, kind, encode(hash, 'hex') as hash, erased_at
from privacy.erased
where erasure_id = any(%(erasure_ids)s::bigint[])
order by erasure_id, kind, hash

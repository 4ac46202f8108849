-- name: remember
-- From this instant on they are erased: what happened before and comes later is dropped.
insert into privacy.erased (kind, hash, erased_at, erasure_id)
select known.kind, privacy.hash_of(known.kind, known.value), %(at)s, %(erasure_id)s
from unnest(%(kinds)s::text[], %(values)s::text[]) as known (kind, value)
on conflict (kind, hash) do update set erased_at = excluded.erased_at, erasure_id = excluded.erasure_id

-- name: remembered
select kind, encode(hash, 'hex') as hash, erased_at from privacy.erased where erasure_id = %(erasure_id)s order by kind, hash

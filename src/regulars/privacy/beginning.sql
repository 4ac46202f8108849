-- name: remember
-- From this instant on they are erased: what happened before and comes later is dropped.
insert into privacy.erased (kind, hash, erased_at, erasure_id)
select known.kind, privacy.hash_of(known.kind, known.value), %(at)s, known.erasure_id
from unnest(%(kinds)s::text[], %(values)s::text[], %(erasure_ids)s::bigint[]) as known (kind, value, erasure_id)
on conflict (kind, hash) do update set erased_at = excluded.erased_at, erasure_id = excluded.erasure_id

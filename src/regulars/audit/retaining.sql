-- name: old
select count(*)::bigint as rows, min(entry.at) as oldest
from audit.entry
inner join audit.value using (value_id)
where value.erased_at is null and (%(before)s::timestamptz is null or entry.at < %(before)s)

-- name: forget
update audit.value
set before = null, after = null, reason = null, erased_at = clock_timestamp()  -- wall clock
from audit.entry
where entry.value_id = value.value_id and value.erased_at is null and entry.at < %(before)s

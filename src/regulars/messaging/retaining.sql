-- name: old
select count(*)::bigint as rows, min(recorded_at) as oldest
from messaging.recorded
where %(before)s::timestamptz is null or recorded_at < %(before)s

-- name: forget
delete from messaging.recorded where recorded_at < %(before)s

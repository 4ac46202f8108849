-- name: old
select count(*)::bigint as rows, min(recorded_at) as oldest
from messaging.recorded
where %(before)s::timestamptz is null or recorded_at < %(before)s

-- name: forget
delete from messaging.recorded where recorded_at < %(before)s

-- name: forget_data
-- What the senders of messages gave along with them goes with the messages.
update messaging.send set data = null where data is not null and decided_at < %(before)s

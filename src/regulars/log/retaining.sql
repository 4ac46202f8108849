-- name: old
-- How many events were booked before an instant, up to a bound, and when the oldest was.
select
    (select count(*) from (select from log.event where booked_at < %(before)s limit %(bound)s) as event)::bigint as rows,
    (select booked_at from log.event order by position limit 1) as oldest

-- name: passed
-- The last position that every reader has passed and that was booked before an instant.
select coalesce(max(position), 0)
from log.event
where
    booked_at < %(before)s
    and position <= (select coalesce(min(reader.position), 0) from log.reader)

-- name: forget
-- Events up to a position. At once, as it is one transaction anyway: piece by piece, each would pass over all that the
-- ones before deleted.
delete from log.event where position <= %(to)s

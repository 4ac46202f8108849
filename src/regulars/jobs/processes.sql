-- name: announce
-- A process says that it runs; and what has given no sign for a day is forgotten.
with forgotten as (
    delete from jobs.process where seen_at < now() - interval '1 day'  -- wall clock
)

insert into jobs.process (process_id, kind, host, pid, version, shares, started_at, seen_at)
values (%(process_id)s, %(kind)s, %(host)s, %(pid)s, %(version)s, %(shares)s, now(), now())  -- wall clock
on conflict (process_id) do update set seen_at = excluded.seen_at, shares = excluded.shares

-- name: leave
delete from jobs.process where process_id = %(process_id)s

-- name: processes
-- Every process that gave a sign within the given seconds.
select process_id, kind, host, pid, version, shares, started_at, seen_at
from jobs.process
where seen_at > now() - make_interval(secs => %(within_s)s)  -- wall clock
order by host, kind, started_at

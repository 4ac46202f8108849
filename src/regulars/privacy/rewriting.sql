-- name: exists
-- Those of some tables that are there, with their size.
select given.place, pg_total_relation_size(to_regclass(given.place)) as bytes
from unnest(%(places)s::text[]) as given (place)
where to_regclass(given.place) is not null
order by 2, 1

-- name: stamp
-- A number of a transaction later than everything that was erased before.
select pg_current_xact_id()::xid::text

-- name: is_looked_at
-- Whether somebody still works on a state from before: rewriting would keep for them what was deleted. Also who looks at
-- nothing at this moment and began to write before, as who holds a lease of the lake: whoever looks keeps it for them.
select exists (
    select from pg_stat_activity
    where
        datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
        and greatest(age(backend_xmin), age(backend_xid)) > age(%(stamp)s::text::xid)
)

-- name: patience
select set_config('lock_timeout', %(seconds)s::text || 's', false)

-- name: forget_statistics
-- What the planner remembers of values; for the owner of the server only.
delete from pg_catalog.pg_statistic
using unnest(%(places)s::text[]) as given (place)
where pg_statistic.starelid = to_regclass(given.place)

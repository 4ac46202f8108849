-- name: ask
insert into analytics.erasure (atoms, before, names, positions)
values (%(atoms)s::bigint[], %(before)s::timestamptz, %(names)s::text[], %(positions)s::bigint[])
returning erasure_id

-- name: open
select erasure_id, atoms, before, names, positions, rewritten_at from analytics.erasure where done_at is null order by erasure_id

-- name: count_open
select count(*) from analytics.erasure where done_at is null

-- name: rewritten
update analytics.erasure
set rewritten_at = clock_timestamp(), lake_rows = lake_rows + %(lake_rows)s  -- wall clock
where erasure_id = %(erasure_id)s

-- name: done
-- Its people stay named by number: a lake that is brought back from before is erased again.
update analytics.erasure
set done_at = clock_timestamp()  -- wall clock
where erasure_id = any (%(ids)s)

-- name: wait_at_most
select set_config('lock_timeout', %(milliseconds)s, false)

-- name: alone_now
-- The same as below, if nobody reads at this moment; keeps nobody waiting.
select pg_try_advisory_lock(%(lock)s)

-- name: alone
-- Waits for whoever reads the lake's files, and keeps new readers waiting until the session ends.
select pg_advisory_lock(%(lock)s)

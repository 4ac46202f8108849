-- name: make_lease
insert into analytics.lease (name) values (%(name)s) on conflict (name) do nothing

-- name: hold_lease
-- Locks the right to write one table of the lake; no row when it is held elsewhere.
select name from analytics.lease where name = %(name)s for update skip locked

-- name: wait_lease
select name from analytics.lease where name = %(name)s for update

-- name: make
insert into analytics.lake (name) values (%(name)s) on conflict (name) do nothing

-- name: of
select name, lake_id, writer_id, version, watermark, lake_rows, files, file_bytes, intent, intent_kind, intent_to,
       looked_at, exported_at, compacted_at, vacuumed_at, problem_code, problem, problem_at
from analytics.lake where name = %(name)s

-- name: all
select name, lake_id, writer_id, version, watermark, lake_rows, files, file_bytes, intent, intent_kind, intent_to,
       looked_at, exported_at, compacted_at, vacuumed_at, problem_code, problem, problem_at
from analytics.lake order by name

-- name: intend
update analytics.lake set intent = %(intent)s, intent_kind = %(kind)s, intent_to = %(to)s where name = %(name)s

-- name: note
-- What the lake holds now; the intent is fulfilled.
update analytics.lake
set version = %(version)s, watermark = coalesce(%(watermark)s, watermark), lake_rows = %(lake_rows)s, files = %(files)s,
    file_bytes = %(file_bytes)s, intent = null, intent_kind = null, intent_to = null,
    exported_at = case when %(kind)s = 'export' then clock_timestamp() else exported_at end,  -- wall clock
    compacted_at = case when %(kind)s = 'compact' then clock_timestamp() else compacted_at end,  -- wall clock
    vacuumed_at = case when %(kind)s = 'vacuum' then clock_timestamp() else vacuumed_at end,  -- wall clock
    problem = case when problem_code = 'files_damaged' then problem end,
    problem_at = case when problem_code = 'files_damaged' then problem_at end,
    problem_code = case when problem_code = 'files_damaged' then problem_code end  -- only a look at them clears it
where name = %(name)s

-- name: looked
update analytics.lake
set looked_at = clock_timestamp(),  -- wall clock
    problem = case when problem_code = 'store_unavailable' then null else problem end,
    problem_at = case when problem_code = 'store_unavailable' then null else problem_at end,
    problem_code = nullif(problem_code, 'store_unavailable')
where name = %(name)s

-- name: forget_intent
update analytics.lake set intent = null, intent_kind = null, intent_to = null where name = %(name)s

-- name: note_problem
update analytics.lake
set problem_code = %(code)s, problem = %(problem)s,
    problem_at = case when problem_code = %(code)s then problem_at else clock_timestamp() end  -- wall clock
where name = %(name)s

-- name: clear_problem
update analytics.lake set problem_code = null, problem = null, problem_at = null
where name = %(name)s and problem_code = any (%(codes)s)

-- name: start_anew
-- It begins anew: nothing of it is written yet.
update analytics.lake
set writer_id = gen_random_uuid(), version = null, watermark = 0, lake_rows = 0, files = 0,
    file_bytes = 0, intent = null, intent_kind = null, intent_to = null,
    problem_code = null, problem = null, problem_at = null
where name = %(name)s

-- name: change_writer
-- What the lake remembers of the writer before no longer counts.
update analytics.lake
set writer_id = gen_random_uuid(), version = %(version)s, watermark = %(watermark)s,
    intent = null, intent_kind = null, intent_to = null
where name = %(name)s

-- name: head
-- The last position that is given; every smaller one is committed.
select coalesce(max(position), 0) from log.fact_event

-- name: typed_columns
select name, property, type, from_position from analytics.typed_column order by name

-- name: make_column
insert into analytics.typed_column (name, property, type, from_position)
values (%(name)s, %(property)s, %(type)s, %(from_position)s)
on conflict do nothing

-- name: forget_columns
delete from analytics.typed_column

-- name: watch
select analytics.watch(%(name)s, %(watched)s::text::regclass, %(key)s)

-- name: wait_briefly
-- Whoever waits for a lock keeps those behind it waiting.
set local lock_timeout = '2s'

-- name: forget_touches
delete from analytics.touched where touched_id = any (%(ids)s)

-- name: make_cold
insert into analytics.cold (name, chunk, lake_rows)
select %(name)s, chunk, lake_rows from unnest(%(chunks)s::bigint[], %(lake_rows)s::bigint[]) as one (chunk, lake_rows)
on conflict (name, chunk) do update set lake_rows = excluded.lake_rows

-- name: forget_cold
delete from analytics.cold where name = %(name)s

-- name: erase_again
update analytics.erasure set rewritten_at = null, done_at = null

-- name: make
-- A file that was taken in; no row when the caller's key was given before.
insert into imports.import
    (key, name, kind, folder, sha256, bytes, rows, layout, fingerprint, made_by, person_id, created_at)
values (%(key)s, %(name)s, %(kind)s, %(folder)s, %(sha256)s, %(bytes)s, %(rows)s, %(layout)s, %(fingerprint)s,
    %(made_by)s, %(person_id)s, %(created_at)s)
on conflict (key) do nothing
returning import_id

-- name: id_of_key
select import_id from imports.import where key = %(key)s

-- name: find
select import_id, state, name, kind, folder, sha256, bytes, rows, layout, fingerprint, what, mapping, mapping_key, cut_over,
    at, findings, job_id, position, accepted, bad, error, made_by, created_at, started_at, finished_at, removed_at
from imports.import where import_id = %(import_id)s

-- name: page
-- The newest first.
select import_id, state, name, kind, folder, sha256, bytes, rows, layout, fingerprint, what, mapping, mapping_key, cut_over,
    at, findings, job_id, position, accepted, bad, error, made_by, created_at, started_at, finished_at, removed_at
from imports.import
where (%(before)s::bigint is null or import_id < %(before)s)
    and (%(state)s::text is null or state = %(state)s)
    and (%(what)s::text is null or what = %(what)s)
order by import_id desc
limit %(limit)s

-- name: hold
-- Locks one import until the transaction ends.
select state from imports.import where import_id = %(import_id)s for update

-- name: same_content
-- Imports of the very same file before this one, the latest first.
select import_id, state, name, made_by, created_at, accepted
from imports.import
where sha256 = %(sha256)s and import_id < %(import_id)s
order by import_id desc
limit 5

-- name: mapping_of_same_columns
-- How the last file with these columns was read.
select mapping from imports.import
where fingerprint = %(fingerprint)s and mapping is not null and import_id <> %(import_id)s
    and state in ('done', 'running', 'waiting')
order by import_id desc
limit 1

-- name: set_mapping
-- Another mapping: what the dry run found no longer holds.
update imports.import
set mapping = %(mapping)s, mapping_key = %(mapping_key)s, what = %(what)s, cut_over = %(cut_over)s, findings = null,
    state = 'uploaded', error = null
where import_id = %(import_id)s

-- name: set_findings
update imports.import
set findings = %(findings)s, state = case when state = 'uploaded' then 'checked' else state end
where import_id = %(import_id)s

-- name: set_job
update imports.import set job_id = %(job_id)s, error = null where import_id = %(import_id)s

-- name: wait
-- The run is asked for; a run that goes on keeps the instant of the first.
update imports.import
set state = 'waiting', job_id = %(job_id)s, at = coalesce(at, %(at)s), cut_over = coalesce(cut_over, at, %(at)s),
    error = null
where import_id = %(import_id)s

-- name: begin
update imports.import
set state = 'running', started_at = coalesce(started_at, clock_timestamp()), finished_at = null  -- wall clock
where import_id = %(import_id)s

-- name: advance
-- A part is in; no row when another run has taken it meanwhile.
update imports.import
set position = %(position)s, accepted = accepted + %(accepted)s, bad = bad + %(bad)s
where import_id = %(import_id)s and position = %(from)s and state = 'running'
returning import_id

-- name: finish
update imports.import
set state = %(state)s, error = %(error)s, finished_at = clock_timestamp()  -- wall clock
where import_id = %(import_id)s

-- name: take_mended
-- Rows that were mended are accepted now.
update imports.import set accepted = accepted + %(accepted)s, bad = bad - %(accepted)s where import_id = %(import_id)s

-- name: keep_bad
insert into imports.bad_row (import_id, row, problems, cells)
select %(import_id)s, told.row, told.problems::jsonb, told.cells::jsonb
from unnest(%(rows)s::bigint[], %(problems)s::text[], %(cells)s::text[]) as told (row, problems, cells)
on conflict (import_id, row) do update
set problems = excluded.problems, cells = excluded.cells where bad_row.state = 'open'

-- name: bad_rows
-- A page of bad rows in the order of the file.
select row, state, problems, cells
from imports.bad_row
where import_id = %(import_id)s and row > %(after)s and (%(state)s::text is null or state = %(state)s)
order by row
limit %(limit)s

-- name: bad_row
select row, state, problems, cells from imports.bad_row where import_id = %(import_id)s and row = %(row)s

-- name: bad_kinds
-- How many open rows have each problem, the most frequent first.
select problem ->> 'code' as code, problem ->> 'column' as column, min(problem ->> 'message') as message,
    count(distinct row)::integer as rows
from imports.bad_row cross join jsonb_array_elements(problems) as problem
where import_id = %(import_id)s and state = 'open'
group by 1, 2
order by 4 desc, 1, 2
limit 50

-- name: change_cells
update imports.bad_row set cells = %(cells)s where import_id = %(import_id)s and row = %(row)s and state = 'open'

-- name: close_rows
update imports.bad_row set state = %(state)s
where import_id = %(import_id)s and row = any(%(rows)s::bigint[]) and state = 'open'

-- name: overdue
-- Files past their retention whose import is over or was never begun.
select import_id, folder from imports.import
where removed_at is null and state not in ('waiting', 'running')
    and created_at < %(before)s
order by import_id
limit 500
for update skip locked

-- name: removed
update imports.import set removed_at = clock_timestamp() where import_id = any(%(import_ids)s)  -- wall clock

-- name: erase_bad
-- The cells go, that there was a bad row and why stays.
update imports.bad_row set cells = '{}', state = case when state = 'open' then 'dismissed' else state end
where import_id = any(%(import_ids)s)

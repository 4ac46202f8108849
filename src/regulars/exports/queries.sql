-- name: insert
-- A new run; no row when this occurrence was made before.
insert into exports.run
    (export_key, due_at, listing, title, format, columns, filter, guard, contacts, personal, place, asked_by, asked_name,
    via, requested_at, state)
values
    (%(export_key)s, %(due_at)s, %(listing)s, %(title)s, %(format)s, %(columns)s, %(filter)s, %(guard)s, %(contacts)s,
    %(personal)s, %(place)s, %(asked_by)s, %(asked_name)s, %(via)s, %(requested_at)s, %(state)s)
on conflict (export_key, due_at) do nothing
returning run_id

-- name: set_job
update exports.run set job_id = %(job_id)s where run_id = %(run_id)s

-- name: set_approval
update exports.run set approval_id = %(approval_id)s where run_id = %(run_id)s

-- name: find
select
    run_id, export_key, due_at, listing, title, format, columns, filter, guard, contacts, personal, place, asked_by,
    asked_name, via, requested_at, state, approval_id, job_id, tries, next_try_at, problem, after_key, to_key, name,
    rows, bytes, sha256, started_at, written_at, delivered_at, finished_at, removed_at, removed_why
from exports.run where run_id = %(run_id)s

-- name: hold
select run_id from exports.run where run_id = %(run_id)s for update

-- name: page
-- One page, the newest first; all filters are optional.
select
    run_id, export_key, due_at, listing, title, format, columns, filter, guard, contacts, personal, place, asked_by,
    asked_name, via, requested_at, state, approval_id, job_id, tries, next_try_at, problem, after_key, to_key, name,
    rows, bytes, sha256, started_at, written_at, delivered_at, finished_at, removed_at, removed_why
from exports.run
where
    (%(before)s::bigint is null or run_id < %(before)s)
    and (%(export_key)s::text is null or export_key = %(export_key)s)
    and (%(state)s::text is null or state = %(state)s)
    and (%(listing)s::text is null or listing = %(listing)s)
order by run_id desc
limit %(limit)s

-- name: latest
-- The last run of each scheduled export.
select distinct on (export_key)
    run_id, export_key, due_at, listing, title, format, columns, filter, guard, contacts, personal, place, asked_by,
    asked_name, via, requested_at, state, approval_id, job_id, tries, next_try_at, problem, after_key, to_key, name,
    rows, bytes, sha256, started_at, written_at, delivered_at, finished_at, removed_at, removed_why
from exports.run
where export_key is not null
order by export_key, run_id desc

-- name: begin
-- A try begins; no row when it is over.
update exports.run
set state = 'running', tries = tries + 1, problem = null, next_try_at = null,
    started_at = coalesce(started_at, %(now)s)
where run_id = %(run_id)s and state in ('waiting', 'running')
returning tries

-- name: note_written
update exports.run
set name = %(name)s, rows = %(rows)s, bytes = %(bytes)s, sha256 = %(sha256)s, written_at = %(now)s, after_key = %(after_key)s,
    to_key = %(to_key)s, removed_at = null, removed_why = null
where run_id = %(run_id)s and state = 'running'
returning run_id

-- name: finish
update exports.run set state = %(state)s, problem = %(problem)s, finished_at = %(now)s, next_try_at = null
where run_id = %(run_id)s and state in ('running', 'waiting', 'resting')

-- name: rest
-- It is tried again later, with the file that is there.
update exports.run set state = 'resting', problem = %(problem)s, next_try_at = %(next_try_at)s
where run_id = %(run_id)s and state = 'running'

-- name: note_delivered
update exports.run set delivered_at = %(now)s, place = %(place)s where run_id = %(run_id)s

-- name: note_key
-- Up to here everything has arrived.
insert into exports.schedule as known (export_key, next_due_at, rule, delivered_key)
values (%(export_key)s, %(now)s, '', %(to_key)s)
on conflict (export_key) do update
set delivered_key = greatest(coalesce(known.delivered_key, 0), excluded.delivered_key)

-- name: supersede
-- A later run takes the rows of the earlier ones that have not arrived along.
update exports.run
set state = 'superseded', finished_at = %(now)s, next_try_at = null,
    problem = coalesce(problem || ' ', '') || %(told)s
where export_key = %(export_key)s and run_id < %(run_id)s and delivered_at is null
    and state in ('waiting', 'resting', 'failed', 'cancelled')
returning run_id

-- name: cancel
update exports.run set state = 'cancelled', finished_at = %(now)s, next_try_at = null
where run_id = %(run_id)s and state in ('asked', 'waiting', 'running', 'resting')
returning run_id

-- name: start_approved
update exports.run set state = 'waiting', requested_at = %(now)s where run_id = %(run_id)s and state = 'asked'
returning run_id

-- name: again
-- One that failed, was cancelled or rests is tried now.
update exports.run set state = 'waiting', tries = 0, next_try_at = null, finished_at = null
where run_id = %(run_id)s and state in ('failed', 'cancelled', 'resting')
returning run_id

-- name: alone
-- One at a time works on a run, or on the runs of a scheduled export; a process that is killed lets go.
select pg_try_advisory_lock(hashtextextended('exports.run/' || %(name)s, 0))

-- name: let_go
select pg_advisory_unlock(hashtextextended('exports.run/' || %(name)s, 0))

-- name: note_schedule
-- A new one is due when it is next due; a changed schedule gives a new instant.
insert into exports.schedule as known (export_key, next_due_at, rule)
values (%(export_key)s, %(next_due_at)s, %(rule)s)
on conflict (export_key) do update set next_due_at = excluded.next_due_at, rule = excluded.rule
where known.rule <> excluded.rule

-- name: due
-- Those that are due, which nobody else takes meanwhile.
select export_key, next_due_at, delivered_key from exports.schedule
where export_key = any(%(keys)s) and next_due_at <= %(now)s
order by export_key
for update skip locked

-- name: set_next
update exports.schedule set next_due_at = %(next_due_at)s where export_key = %(export_key)s

-- name: forget_schedule
-- What has arrived stays known: taken into use again, it goes on from there.
update exports.schedule set rule = '' where export_key = %(export_key)s

-- name: schedules
select export_key, next_due_at, delivered_key from exports.schedule

-- name: rested
-- Runs whose next try is due, which nobody else takes meanwhile.
select run_id from exports.run
where state = 'resting' and next_try_at <= %(now)s
order by run_id
for update skip locked

-- name: wake
update exports.run set state = 'waiting', next_try_at = null where run_id = %(run_id)s and state = 'resting'
returning run_id

-- name: overdue
-- Files whose time here is over. One that has not arrived stays while it is tried.
select run_id from exports.run
where
    written_at is not null and removed_at is null
    and (written_at < %(before)s and state not in ('waiting', 'running', 'resting') or state = 'superseded')

-- name: removed
update exports.run set removed_at = %(now)s, removed_why = %(why)s
where run_id = any(%(run_ids)s) and removed_at is null

-- name: kept
-- The runs whose files are to be here.
select run_id from exports.run
where removed_at is null and (written_at is not null or state in ('waiting', 'running', 'resting'))

-- name: kept_personal
-- The files with data of customers that are here, or are being made.
select run_id from exports.run
where personal and removed_at is null and (written_at is not null or state in ('running', 'resting'))

-- name: stop_personal
-- Those being written now may hold what is to go: they end, and a scheduled one comes again.
update exports.run set state = 'cancelled', problem = %(told)s, finished_at = %(now)s
where personal and state = 'running'

-- name: words_held
-- In how many runs one of these texts stands among the filters or the problem.
select count(*) from exports.run
where exists (
    select from unnest(%(texts)s::text[]) as text
    where position(text in run.filter::text) > 0 or position(text in coalesce(run.problem, '')) > 0
)

-- name: forget_words
-- What was not made yet ends: without its filter it would be of everybody, which nobody asked for or approved.
update exports.run
set filter = '{}', problem = null, approval_id = null,
    state = case when filter <> '{}' and state in ('asked', 'waiting', 'resting') then 'cancelled' else state end
where exists (
    select from unnest(%(texts)s::text[]) as text
    where position(text in run.filter::text) > 0 or position(text in coalesce(run.problem, '')) > 0
)

-- name: delivered_personal
-- How many files with data of customers were brought elsewhere.
select count(*) from exports.run where personal and delivered_at is not null

-- name: insert_job
-- A new job; no row when its key is known already.
insert into jobs.job (name, args, key, requested_by)
values (%(name)s, %(args)s, %(key)s, %(requested_by)s)
on conflict (key) do nothing
returning id

-- name: id_of_key
select id from jobs.job where key = %(key)s

-- name: enqueue
-- Put a job into the queue, whose entry carries nothing but our number.
update jobs.job
set queue_id = (procrastinate.procrastinate_defer_jobs_v1(array[row(
    'regulars', 'run', 0, null, null, jsonb_build_object('job_id', id), null
)::procrastinate.procrastinate_job_to_defer_v1]))[1]
where id = %(id)s

-- name: find_job
select id, name, args, key, state, cancelling, attempt, done, total, unit, message, done_before, progress_at,
    requested_by, requested_at, started_at, finished_at, error, result
from jobs.job where id = %(id)s

-- name: jobs_page
-- One page, newest first, the cursor's row excluded; all filters are optional.
select id, name, args, key, state, cancelling, attempt, done, total, unit, message, done_before, progress_at,
    requested_by, requested_at, started_at, finished_at, error, result
from jobs.job
where (%(before)s::bigint is null or id < %(before)s)
  and (%(state)s::text is null or state = %(state)s)
  and (%(name)s::text is null or name = %(name)s)
order by id desc
limit %(limit)s

-- name: start
-- A run takes the next attempt number; no row when the job was cancelled or has ended.
update jobs.job
set state = 'running', attempt = attempt + 1, done_before = done, error = null, finished_at = null,
    started_at = now(), progress_at = now()  -- wall clock
where id = %(id)s and state in ('waiting', 'running') and not cancelling
returning name, args, attempt

-- name: report
-- Progress of the run that still holds the job; gives whether it is being cancelled, no row when another holds it.
update jobs.job
set done = %(done)s, total = coalesce(%(total)s, total), unit = coalesce(%(unit)s, unit),
    message = coalesce(%(message)s, message), progress_at = now()  -- wall clock
where id = %(id)s and attempt = %(attempt)s and state = 'running'
returning cancelling

-- name: finish
-- The end of the run that still holds the job.
update jobs.job
set state = %(state)s, error = %(error)s, result = %(result)s, finished_at = now()  -- wall clock
where id = %(id)s and attempt = %(attempt)s and state = 'running'

-- name: give_back
-- The run stopped because its process stops; another takes the job over.
update jobs.job set state = 'waiting'
where id = %(id)s and attempt = %(attempt)s and state = 'running'

-- name: end_cancelled
-- A job that was cancelled before its run began, or while no run held it.
update jobs.job set state = 'cancelled', finished_at = now()  -- wall clock
where id = %(id)s and state in ('waiting', 'running') and cancelling

-- name: cancel
-- A waiting job ends at once, a running one is told at its next progress; no row when it has ended.
update jobs.job
set cancelling = true,
    state = case state when 'waiting' then 'cancelled' else state end,
    finished_at = case state when 'waiting' then now() end  -- wall clock
where id = %(id)s and state in ('waiting', 'running')
returning state

-- name: renew
-- A failed or cancelled job waits again from where it stood; no row when it has not failed.
update jobs.job
set state = 'waiting', cancelling = false, attempt = 0, error = null, finished_at = null
where id = %(id)s and state in ('failed', 'cancelled')
returning id

-- name: lost
-- Open jobs whose queue entry no living worker holds and none can fetch; locked, oldest first.
select j.id
from jobs.job j
left join procrastinate.procrastinate_jobs q on q.id = j.queue_id
left join procrastinate.procrastinate_workers w on w.id = q.worker_id
where j.state in ('waiting', 'running')
  and case q.status
      when 'todo' then false
      when 'doing' then w.id is null
          or w.last_heartbeat < now() - make_interval(secs => %(lease_s)s)  -- wall clock
      else true
      end
order by j.id
for update of j skip locked

-- name: close_lost
-- The queue entries that the lost runs left behind.
select procrastinate.procrastinate_finish_job_v1(q.id, 'failed', false)
from jobs.job j
join procrastinate.procrastinate_jobs q on q.id = j.queue_id
where j.id = any(%(ids)s) and q.status = 'doing'

-- name: settle_lost
-- What becomes of them: cancelled, failed after too many attempts, or waiting again.
update jobs.job
set state = case
        when cancelling then 'cancelled'
        when attempt >= %(attempts_max)s then 'failed'
        else 'waiting'
        end,
    error = case when not cancelling and attempt >= %(attempts_max)s then %(error)s::text end,
    finished_at = case when cancelling or attempt >= %(attempts_max)s then now() end  -- wall clock
where id = any(%(ids)s)
returning id, state

-- name: timers
-- Every timer, by name.
select name, rule, due_at, ran_for, failures, error, failed_at,
    retry_at is not null and retry_at > now() as resting  -- wall clock
from jobs.timer
order by name

-- name: make_timer
insert into jobs.timer (name, rule, due_at)
values (%(name)s, %(rule)s, %(due_at)s)
on conflict do nothing

-- name: change_timer
-- Another rule: the next instant follows it, unless one is due already.
update jobs.timer set rule = %(rule)s, due_at = case when due_at <= %(now)s then due_at else %(due_at)s end
where name = %(name)s and rule <> %(rule)s

-- name: advance_timer
-- In the transaction of what it does, and before: it holds the occurrence as it was seen. Nothing is touched when
-- somebody else ran it.
update jobs.timer
set due_at = %(following)s, ran_for = due_at, failures = 0, error = null, failed_at = null, retry_at = null
where name = %(name)s and due_at = %(due_at)s

-- name: rest_timer
-- After a failure it rests, longer each time, at most an hour.
update jobs.timer
set failures = failures + 1, error = %(error)s, failed_at = now(),  -- wall clock
    retry_at = now()  -- wall clock
        + least(make_interval(secs => %(rest_s)s) * power(2, least(failures, 12)), interval '1 hour')
where name = %(name)s and due_at = %(due_at)s

-- name: alone
-- Waits until nobody else, in any process, takes a step; held until the transaction ends.
select pg_advisory_xact_lock(7246031)

-- name: alone_now
-- The same without waiting: whether it was free.
select pg_try_advisory_xact_lock(7246031)

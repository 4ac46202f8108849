-- name: make
insert into privacy.copy (customer_id, asked_by, requested_by, asked_at)
values (%(customer_id)s, %(asked_by)s, %(by)s, %(at)s)
returning copy_id

-- name: waiting_of
-- One that is being made already.
select copy_id from privacy.copy
where customer_id = %(customer_id)s and asked_by = %(asked_by)s and state = 'waiting'
order by copy_id desc
limit 1

-- name: find
select
    copy_id, customer_id, state, asked_by, requested_by, asked_at, ready_at, expires_at, job_id, folder, bytes, tables, rows,
    downloads, problem
from privacy.copy
where copy_id = %(copy_id)s

-- name: page
select
    copy_id, customer_id, state, asked_by, requested_by, asked_at, ready_at, expires_at, job_id, folder, bytes, tables, rows,
    downloads, problem
from privacy.copy
where
    (%(customer_id)s::bigint is null or customer_id = %(customer_id)s)
    and (%(before)s::bigint is null or copy_id < %(before)s)
order by copy_id desc
limit %(limit)s

-- name: set_job
update privacy.copy set job_id = %(job_id)s where copy_id = %(copy_id)s

-- name: ready
update privacy.copy
set
    state = 'ready', ready_at = %(at)s, expires_at = %(expires_at)s, folder = %(folder)s, bytes = %(bytes)s,
    tables = %(tables)s, rows = %(rows)s, problem = null
where copy_id = %(copy_id)s and state in ('waiting', 'failed')

-- name: fail
update privacy.copy set state = 'failed', problem = %(problem)s where copy_id = %(copy_id)s and state = 'waiting'

-- name: count_download
update privacy.copy set downloads = downloads + 1 where copy_id = %(copy_id)s

-- name: expire
-- Archives whose time is over; gives the folders that are to be deleted.
update privacy.copy set state = 'expired'
where state = 'ready' and expires_at <= %(at)s
returning folder

-- name: kept
-- The folders of archives that can be fetched.
select folder from privacy.copy where state = 'ready'

-- name: of_people
-- Archives of people who are erased; gives the folders that are to be deleted.
update privacy.copy set state = 'expired'
where state in ('ready', 'waiting', 'failed') and customer_id = any(%(atoms)s::bigint[])
returning folder

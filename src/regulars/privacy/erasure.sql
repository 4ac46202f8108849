-- name: make
-- Asks for an erasure; no row when one of the same customer is open.
insert into privacy.erasure (customer_id, state, asked_by, requested_by, decided_by, asked_at, starts_at)
values (%(customer_id)s, %(state)s, %(asked_by)s, %(requested_by)s, %(decided_by)s, %(at)s, %(starts_at)s)
on conflict (customer_id) where state in ('asked', 'waiting', 'erasing') do nothing
returning erasure_id

-- name: open_of
select erasure_id from privacy.erasure
where customer_id = %(customer_id)s and state in ('asked', 'waiting', 'erasing')

-- name: find
select
    erasure_id, customer_id, atoms, state, step, asked_by, requested_by, decided_by, approval_id, job_id, asked_at, starts_at,
    began_at, erased_at, ended_at, counts, left_over, problem
from privacy.erasure
where erasure_id = %(erasure_id)s

-- name: page
select
    erasure_id, customer_id, atoms, state, step, asked_by, requested_by, decided_by, approval_id, job_id, asked_at, starts_at,
    began_at, erased_at, ended_at, counts, left_over, problem
from privacy.erasure
where
    (%(state)s::text is null or state = %(state)s or %(state)s = 'open' and state not in ('done', 'declined'))
    and (%(before)s::bigint is null or erasure_id < %(before)s)
order by erasure_id desc
limit %(limit)s

-- name: of_customer
select
    erasure_id, customer_id, atoms, state, step, asked_by, requested_by, decided_by, approval_id, job_id, asked_at, starts_at,
    began_at, erased_at, ended_at, counts, left_over, problem
from privacy.erasure
where customer_id = %(customer_id)s or %(customer_id)s = any(atoms)
order by erasure_id desc

-- name: hold
select erasure_id, customer_id, atoms, state, step, asked_by, began_at, position, known, counts, left_over
from privacy.erasure
where erasure_id = %(erasure_id)s
for update

-- name: decide
update privacy.erasure
set state = %(state)s, decided_by = %(by)s, starts_at = %(starts_at)s
where erasure_id = %(erasure_id)s and state = 'asked'

-- name: set_job
update privacy.erasure set job_id = %(job_id)s, problem = null where erasure_id = %(erasure_id)s

-- name: set_approval
update privacy.erasure set approval_id = %(approval_id)s where erasure_id = %(erasure_id)s

-- name: begin
update privacy.erasure
set
    state = 'erasing', step = 'begun', began_at = %(at)s, atoms = %(atoms)s::bigint[], known = %(known)s::text[],
    position = %(position)s
where erasure_id = %(erasure_id)s

-- name: step
-- A step is done; what it emptied is added up.
update privacy.erasure
set
    step = %(step)s, state = case when %(step)s = 'swept' then 'erased' else state end,
    erased_at = case when %(step)s = 'swept' then %(at)s else erased_at end,
    counts = counts || (
        select coalesce(jsonb_object_agg(more.place, coalesce((counts ->> more.place)::bigint, 0) + more.number), '{}')
        from unnest(%(places)s::text[], %(numbers)s::bigint[]) as more (place, number)
    )
where erasure_id = %(erasure_id)s

-- name: left
-- Which tables are still to be rewritten; what they were known by is kept no longer.
update privacy.erasure set left_over = %(left)s::text[], known = '{}' where erasure_id = %(erasure_id)s

-- name: left_over
select erasure_id, left_over from privacy.erasure where state = 'erased' and left_over <> '{}' order by erasure_id

-- name: finish
update privacy.erasure
set state = 'done', step = 'done', left_over = '{}', known = '{}', ended_at = %(at)s, problem = null
where erasure_id = %(erasure_id)s

-- name: unfinished
-- Approved ones whose time has come and that nobody works on.
select erasure_id from privacy.erasure
where (state in ('waiting', 'erasing') or state = 'erased' and left_over = '{}') and starts_at <= %(at)s
order by erasure_id

-- name: fail
update privacy.erasure set problem = %(problem)s where erasure_id = %(erasure_id)s

-- name: count
select count(*) from privacy.erasure where state = 'asked'

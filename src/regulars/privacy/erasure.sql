-- name: make
-- Asks for an erasure; no row when one of the same customer is open.
insert into privacy.erasure (customer_id, state, asked_by, requested_by, decided_by, asked_at, starts_at)
values (%(customer_id)s, %(state)s, %(asked_by)s, %(requested_by)s, %(decided_by)s, %(at)s, %(starts_at)s)
on conflict (customer_id) where state in ('asked', 'waiting', 'erasing') do nothing
returning erasure_id

-- name: make_many
-- The same for many; those of whom one is open are left out.
insert into privacy.erasure (customer_id, state, asked_by, requested_by, decided_by, asked_at, starts_at)
select given.customer_id, 'waiting', %(asked_by)s, %(by)s, %(by)s, %(at)s, %(at)s
from unnest(%(customer_ids)s::bigint[]) as given (customer_id)
on conflict (customer_id) where state in ('asked', 'waiting', 'erasing') do nothing

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
-- Some erasures, held in one order until the transaction ends.
select erasure_id, customer_id, atoms, state, step, asked_by, began_at, position, known, sure, counts, left_over
from privacy.erasure
where erasure_id = any(%(erasure_ids)s::bigint[])
order by erasure_id
for update

-- name: decide
update privacy.erasure
set state = %(state)s, decided_by = %(by)s, starts_at = %(starts_at)s
where erasure_id = %(erasure_id)s and state = 'asked'

-- name: set_job
update privacy.erasure set job_id = %(job_id)s, problem = null where erasure_id = any(%(erasure_ids)s::bigint[])

-- name: set_approval
update privacy.erasure set approval_id = %(approval_id)s where erasure_id = %(erasure_id)s

-- name: begin
-- Who each of them is, and what they were known by.
update privacy.erasure
set
    state = 'erasing', step = 'begun', began_at = %(at)s, position = %(position)s,
    atoms = array(select jsonb_array_elements_text(given.atoms)::bigint),
    known = array(select jsonb_array_elements_text(given.known)),
    sure = array(select jsonb_array_elements_text(given.sure)),
    counts = case when %(people)s::integer > 1 then jsonb_build_object('people', %(people)s::integer) else '{}' end
from jsonb_to_recordset(%(given)s::jsonb) as given (erasure_id bigint, atoms jsonb, known jsonb, sure jsonb)
where erasure.erasure_id = given.erasure_id

-- name: step
-- A step is done, or a part of one; what it emptied is added up.
update privacy.erasure
set
    step = %(step)s, state = case when %(step)s = 'swept' then 'erased' else state end,
    erased_at = case when %(step)s = 'swept' then %(at)s else erased_at end,
    counts = counts || (
        select coalesce(jsonb_object_agg(more.place, coalesce((counts ->> more.place)::bigint, 0) + more.number), '{}')
        from unnest(%(places)s::text[], %(numbers)s::bigint[]) as more (place, number)
    )
where erasure_id = any(%(erasure_ids)s::bigint[])

-- name: left
-- Which tables are still to be rewritten; what they were known by is kept no longer.
update privacy.erasure
set left_over = %(left)s::text[], known = '{}', sure = '{}'
where erasure_id = any(%(erasure_ids)s::bigint[])

-- name: left_over
select erasure_id, left_over from privacy.erasure where state = 'erased' and left_over <> '{}' order by erasure_id

-- name: finish
update privacy.erasure
set state = 'done', step = 'done', left_over = '{}', known = '{}', sure = '{}', ended_at = %(at)s, problem = null
where erasure_id = any(%(erasure_ids)s::bigint[])

-- name: unfinished
-- Approved ones whose time has come and that nobody works on.
select erasure_id, job_id from privacy.erasure
where (state in ('waiting', 'erasing') or state = 'erased' and left_over = '{}') and starts_at <= %(at)s
order by erasure_id

-- name: fail
update privacy.erasure
set problem = %(problem)s
where erasure_id = any(%(erasure_ids)s::bigint[]) and state not in ('done', 'declined')

-- name: count
select count(*) from privacy.erasure where state = 'asked'

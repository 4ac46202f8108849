-- name: open_session
-- Of two with one key the second waits here, and then finds the first's row.
insert into checkout.session (programme, key, customer_id, fields, cart, answer, opened_at, opened_by, expires_at)
values (
    %(programme)s, %(key)s, %(customer_id)s, %(fields)s, %(cart)s, '{}', %(at)s, %(actor)s, %(expires_at)s
)
on conflict (programme, key) do nothing
returning session_id

-- name: by_key
select
    session_id, programme, customer_id, fields, cart, answer, state, opened_at, opened_by, expires_at, closed_at,
    closed_by, order_key, hold_id, held, outcome
from checkout.session
where programme = %(programme)s and key = %(key)s

-- name: by_id
select
    session_id, programme, customer_id, fields, cart, answer, state, opened_at, opened_by, expires_at, closed_at,
    closed_by, order_key, hold_id, held, outcome
from checkout.session
where session_id = %(session_id)s

-- name: locked
select
    session_id, programme, customer_id, fields, cart, answer, state, opened_at, opened_by, expires_at, closed_at,
    closed_by, order_key, hold_id, held, outcome
from checkout.session
where session_id = %(session_id)s
for update

-- name: keep_answer
update checkout.session set answer = %(answer)s, hold_id = %(hold_id)s, held = %(held)s, expires_at = %(expires_at)s
where session_id = %(session_id)s

-- name: close_session
update checkout.session
set
    state = %(state)s, closed_at = %(at)s, closed_by = %(key)s, order_key = %(order_key)s, outcome = %(outcome)s
where session_id = %(session_id)s

-- name: sessions_of
-- The newest first.
select
    session_id, programme, customer_id, fields, cart, answer, state, opened_at, opened_by, expires_at, closed_at,
    closed_by, order_key, hold_id, held, outcome
from checkout.session
where customer_id = any (%(customers)s::bigint[]) and (%(programme)s::text is null or programme = %(programme)s)
order by opened_at desc, session_id desc
limit %(limit)s

-- name: take_order
-- Of two sessions for one order the second waits here, and then sees the first.
select pg_advisory_xact_lock(hashtextextended('checkout/' || %(order_key)s, 0))

-- name: paid_by
select session_id from checkout.session
where order_key = %(order_key)s and session_id <> %(session_id)s

-- name: due
select session_id from checkout.session
where state = 'open' and expires_at <= %(at)s
order by expires_at, session_id
limit %(limit)s

-- name: take_turn
select pg_advisory_xact_lock(%(key)s)

-- name: hold
select pg_advisory_xact_lock_shared(%(key)s)

-- name: hold_alone
select pg_advisory_xact_lock(%(key)s)

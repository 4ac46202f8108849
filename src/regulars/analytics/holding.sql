-- name: hold_files
-- Waits for who deletes files; held by the session, so that it outlives the transaction.
select pg_advisory_lock_shared(%(lock)s)

-- name: let_files_go
select pg_advisory_unlock_shared(%(lock)s)

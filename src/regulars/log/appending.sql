-- name: before_copy
savepoint log_append

-- name: undo_copy
rollback to savepoint log_append

-- name: after_copy
release savepoint log_append

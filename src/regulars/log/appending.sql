-- name: before_copy
savepoint log_append

-- name: undo_copy
rollback to savepoint log_append

-- name: after_copy
release savepoint log_append

-- name: reject
-- One event that could not be stored, kept as text.
insert into log.reject (stage, reason, payload) values ('append', %(reason)s, %(payload)s)

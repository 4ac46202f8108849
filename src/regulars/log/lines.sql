-- name: copy_lines
-- Events as lines of text, each with the columns in this order; no text of an event is empty.
copy log.inbox (
    message_id, source, type, name, user_id, anonymous_id, customer_id, occurred_at, properties, context, history,
    schema_version, hops
) from stdin (null '')

-- name: before_lines
savepoint log_lines

-- name: undo_lines
rollback to savepoint log_lines

-- name: after_lines
release savepoint log_lines

-- name: lease
-- Rows that this transaction claimed stay with the worker until it has asked; whoever finds the lease over puts them back.
update messaging.send
set state = 'claimed', leased_by = %(worker)s,
    lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)  -- wall clock
where send_id = any(%(send_ids)s::bigint[]) and state = 'queued'

-- name: take_back
-- What is still this worker's waits again, for this transaction to decide.
with mine as (
    select send_id from messaging.send
    where send_id = any(%(send_ids)s::bigint[]) and state = 'claimed' and leased_by = %(worker)s
    order by send_id
    for update
)

update messaging.send
set state = 'queued', leased_by = null, lease_until = null
from mine
where send.send_id = mine.send_id
returning send.send_id, send.customer_id, send.arm, send.entry, send.tries, send.reason, send.data

-- name: open_endpoint
-- A webhook that goes live is active; one that a person paused stays so.
insert into webhooks.endpoint as known (webhook_key) values (%(webhook_key)s)
on conflict (webhook_key) do update
set state = 'active', reason = '', changed_at = %(at)s, changed_by = %(by)s, failing_since = null, rest_until = null,
    problem = ''
where known.state in ('failing', 'gone')

-- name: cancel_waiting
update webhooks.delivery set state = 'cancelled', reason = %(reason)s, ended_at = clock_timestamp() -- wall clock
where webhook_key = %(webhook_key)s and state in ('waiting', 'sending')

-- name: shut
-- Those that said they are gone: nothing is written down for them.
select webhook_key from webhooks.endpoint where state = 'gone'

-- name: endpoints
select webhook_key, state, reason, changed_at, changed_by, failing_since, rest_until, problem from webhooks.endpoint
where %(webhook_key)s::text is null or webhook_key = %(webhook_key)s

-- name: change_state
-- By a person: no row when it stands so already.
update webhooks.endpoint
set state = %(state)s, reason = %(reason)s, changed_at = %(now)s, changed_by = %(by)s, failing_since = null,
    rest_until = null
where webhook_key = %(webhook_key)s and state <> %(state)s

-- name: stop
-- By itself, once.
update webhooks.endpoint
set state = %(state)s, reason = %(reason)s, changed_at = %(now)s, changed_by = null
where webhook_key = %(webhook_key)s and state = 'active'

-- name: due
-- Those of the live ones with something to send that nobody serves, the longest unserved first; held until the
-- transaction ends, and passed over where somebody else holds them.
select endpoint.webhook_key, endpoint.tokens, endpoint.tokens_at, endpoint.held_by
from webhooks.endpoint
where endpoint.webhook_key = any(%(webhook_keys)s) and endpoint.state = 'active'
    and (endpoint.held_until is null or endpoint.held_until < %(now)s)
    and (endpoint.rest_until is null or endpoint.rest_until <= %(now)s)
    and exists (
        select from webhooks.delivery
        where delivery.webhook_key = endpoint.webhook_key and delivery.state in ('waiting', 'sending')
            and delivery.due_at <= %(now)s
    )
order by endpoint.served_at nulls first
limit %(limit)s
for update skip locked

-- name: hold
update webhooks.endpoint
set held_by = %(held_by)s, held_until = %(until)s, served_at = %(now)s, tokens = %(tokens)s, tokens_at = %(now)s,
    problem = ''
where webhook_key = %(webhook_key)s

-- name: rest
-- Nothing can be sent now; looked at again later.
update webhooks.endpoint set rest_until = %(until)s, problem = %(problem)s, served_at = %(now)s
where webhook_key = %(webhook_key)s

-- name: note_result
-- Gives since when nothing got through; no row when somebody else serves it by now.
update webhooks.endpoint
set failing_since = case when %(delivered)s then null else coalesce(failing_since, %(now)s) end,
    rest_until = greatest(rest_until, %(rest_until)s)
where webhook_key = %(webhook_key)s and held_by = %(held_by)s
returning failing_since

-- name: release
-- What was claimed and not tried waits again, and its tokens come back.
with freed as (
    update webhooks.endpoint set held_by = null, held_until = null, tokens = tokens + %(unspent)s
    where webhook_key = %(webhook_key)s and held_by = %(held_by)s
    returning webhook_key
)
update webhooks.delivery set state = 'waiting' from freed
where delivery.webhook_key = freed.webhook_key and delivery.state = 'sending'

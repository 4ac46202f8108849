-- name: deliveries
-- The latest first, without what they say.
select delivery_id, webhook_key, message_id, position, customer_id, event, occurred_at, state, attempts, made_at, due_at,
    ended_at, status, reason, body is null as erased
from webhooks.delivery
where webhook_key = %(webhook_key)s
    and (%(before)s::bigint is null or delivery_id < %(before)s)
    and (%(state)s::text is null or state = %(state)s)
    and (%(event)s::text is null or event = %(event)s)
    and (%(message_id)s::text is null or message_id = %(message_id)s)
    and (%(since)s::timestamptz is null or made_at >= %(since)s)
    and (%(until)s::timestamptz is null or made_at < %(until)s)
order by delivery_id desc
limit %(limit)s

-- name: delivery
select delivery_id, webhook_key, message_id, position, customer_id, event, occurred_at, state, attempts, made_at, due_at,
    ended_at, status, reason, body is null as erased, body
from webhooks.delivery where webhook_key = %(webhook_key)s and delivery_id = %(delivery_id)s

-- name: attempts
select number, started_at, duration_ms, outcome, status, answer, reason from webhooks.attempt
where delivery_id = %(delivery_id)s order by attempt_id desc limit %(limit)s

-- name: hours
select webhook_key, hour, delivered, failed, busy_ms from webhooks.hour
where hour >= %(since)s and (%(webhook_key)s::text is null or webhook_key = %(webhook_key)s)
order by webhook_key, hour

-- name: tallies
select webhook_key, sum(delivered)::bigint as delivered, sum(failed)::bigint as failed from webhooks.hour
where hour >= %(since)s
group by webhook_key

-- name: open_counts
-- What waits and what failed for good, by webhook; both stand in small indexes.
select webhook_key, sum(waiting)::bigint as waiting, sum(failed)::bigint as failed from (
    select webhook_key, count(*) as waiting, 0 as failed from webhooks.delivery
    where state in ('waiting', 'sending') group by webhook_key
    union all
    select webhook_key, 0, count(*) from webhooks.delivery where state = 'failed' group by webhook_key
) as counted
group by webhook_key

-- name: replay_one
update webhooks.delivery set state = 'waiting', tries = 0, due_at = %(now)s, ended_at = null
where webhook_key = %(webhook_key)s and delivery_id = %(delivery_id)s and body is not null and position is not null
    and state in ('waiting', 'delivered', 'failed')

-- name: replay_failed
update webhooks.delivery set state = 'waiting', tries = 0, due_at = %(now)s, ended_at = null
where webhook_key = %(webhook_key)s and state = 'failed' and body is not null and position is not null
    and made_at >= %(since)s and made_at < %(until)s

-- name: first_position
select min(position) from log.fact_event

-- name: last_position
select max(position) from log.fact_event

-- name: booked_at
select booked_at from log.fact_event where position = %(position)s

-- name: expire
-- The attempts go along.
delete from webhooks.delivery where made_at < %(before)s

-- name: held
select webhook_key, message_id, event, occurred_at, made_at, state, ended_at, body from webhooks.delivery
where customer_id = any(%(customer_ids)s) order by delivery_id

-- name: deliveries_telling
select delivery_id, body from webhooks.delivery where body is not null

-- name: attempts_telling
select delivery_id, answer || chr(31) || reason from webhooks.attempt where answer <> '' or reason <> ''

-- name: erase
-- What was sent or waits, and what was answered to it; that something was sent, and when, stays.
with hit as (
    update webhooks.delivery
    set body = null,
        state = case when state in ('waiting', 'sending') then 'cancelled' else state end,
        reason = case when state in ('waiting', 'sending') then 'The customer was erased.' else '' end,
        customer_id = null
    where customer_id = any(%(customer_ids)s::bigint[]) or delivery_id = any(%(delivery_ids)s::bigint[])
    returning delivery_id
),
emptied as (
    update webhooks.attempt set answer = '', reason = '' from hit where attempt.delivery_id = hit.delivery_id
)
select count(*) from hit

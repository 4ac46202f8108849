-- name: wanted
-- The events at (after, to] that somebody wants, with whose they are; never history, and never our own news of
-- webhooks, which would go round in a circle. Of who had processing restricted nothing leaves but that they did.
select
    event.position, event.message_id, event.source, event.type, event.name, event.customer_id, event.occurred_at,
    event.booked_at, event.properties::text as properties, person.person_id, customer.user_id, customer.name as called,
    customer.email, customer.phone
from log.fact_event as event
left join customers.fact_person as person on person.customer_id = event.customer_id
left join customers.fact_customer as customer on customer.customer_id = person.person_id
left join customers.fact_standing as standing on standing.customer_id = person.person_id
where event.position > %(after)s and event.position <= %(to)s and not event.history and event.hops < %(hops_max)s
    and (event.name = any(%(names)s) or event.name like any(%(beginnings)s))
    and not starts_with(event.name, 'regulars.webhooks.')
    and (standing.restricted is not true or event.name = any(%(always)s))
order by event.position

-- name: write_down
-- Once for a webhook and event. With a replay, one that is there is sent again if it was not asked for since.
insert into webhooks.delivery as known
    (webhook_key, message_id, position, customer_id, event, occurred_at, body, state, made_at, due_at)
select webhook_key, message_id, position, customer_id, event, occurred_at, body, 'waiting', instant.now, instant.now
from unnest(
    %(webhook_keys)s::text[], %(message_ids)s::text[], %(positions)s::bigint[], %(customer_ids)s::bigint[],
    %(events)s::text[], %(occurred_ats)s::timestamptz[], %(bodies)s::text[]
) with ordinality as told (webhook_key, message_id, position, customer_id, event, occurred_at, body, place)
cross join (select clock_timestamp() as now) as instant -- wall clock
order by place
on conflict (webhook_key, position) where position is not null do update
set state = 'waiting', tries = 0, due_at = excluded.due_at, ended_at = null
where %(asked_at)s::timestamptz is not null and known.body is not null
    and (known.state = 'waiting' or (known.state in ('delivered', 'failed') and known.due_at < %(asked_at)s))

-- name: claim
-- In the order in which they fell due, which for first attempts is that of the log.
with chosen as (
    select delivery_id from webhooks.delivery
    where webhook_key = %(webhook_key)s and state = 'waiting' and due_at <= %(now)s
    order by due_at, delivery_id
    limit %(limit)s
)
update webhooks.delivery set state = 'sending' from chosen
where delivery.delivery_id = chosen.delivery_id and delivery.state = 'waiting'
returning delivery.delivery_id, delivery.message_id, delivery.customer_id, delivery.body, delivery.tries,
    delivery.due_at

-- name: take_back
-- What a worker that ended was sending: nobody knows whether it arrived, so it goes out again, with the same id.
with lost as (
    update webhooks.delivery
    set tries = tries + 1, attempts = attempts + 1, reason = %(reason)s, due_at = %(now)s,
        state = case when tries + 1 >= %(tries_max)s then 'failed' else 'waiting' end,
        ended_at = case when tries + 1 >= %(tries_max)s then %(now)s end
    where webhook_key = %(webhook_key)s and state = 'sending'
    returning delivery_id, attempts
)
insert into webhooks.attempt (delivery_id, number, started_at, duration_ms, outcome, reason)
select delivery_id, attempts, %(now)s, 0, 'unknown', %(reason)s from lost

-- name: finish
-- What became of attempts. One that was taken back or erased meanwhile is left alone.
with told as (
    select * from jsonb_to_recordset(%(told)s) as told (
        delivery_id bigint, webhook_key text, held_by text, state text, outcome text, started_at timestamptz,
        duration_ms integer, status integer, answer text, reason text, due_at timestamptz, ended_at timestamptz
    )
),
done as (
    update webhooks.delivery
    set state = told.state, tries = delivery.tries + 1, attempts = delivery.attempts + 1, status = told.status,
        reason = told.reason, due_at = coalesce(told.due_at, delivery.due_at), ended_at = told.ended_at
    from told
    inner join webhooks.endpoint
        on endpoint.webhook_key = told.webhook_key and endpoint.held_by = told.held_by
    where delivery.delivery_id = told.delivery_id and delivery.state = 'sending'
    returning delivery.delivery_id, delivery.attempts
)
insert into webhooks.attempt (delivery_id, number, started_at, duration_ms, outcome, status, answer, reason)
select delivery_id, done.attempts, told.started_at, told.duration_ms, told.outcome, told.status, told.answer, told.reason
from told inner join done using (delivery_id)
order by told.started_at

-- name: tally
insert into webhooks.hour as known (webhook_key, hour, delivered, failed, busy_ms)
values (%(webhook_key)s, %(hour)s, %(delivered)s, %(failed)s, %(busy_ms)s)
on conflict (webhook_key, hour) do update
set delivered = known.delivered + excluded.delivered, failed = known.failed + excluded.failed,
    busy_ms = known.busy_ms + excluded.busy_ms

-- name: note_try
-- A request sent by hand to try the webhook: it stands in the log like the others and is not repeated.
with made as (
    insert into webhooks.delivery
        (webhook_key, message_id, event, occurred_at, body, state, tries, attempts, made_at, due_at, ended_at, status, reason)
    values (%(webhook_key)s, %(message_id)s, %(event)s, %(started_at)s, %(body)s, %(state)s, 1, 1, %(started_at)s,
        %(started_at)s, %(ended_at)s, %(status)s, %(reason)s)
    returning delivery_id
)
insert into webhooks.attempt (delivery_id, number, started_at, duration_ms, outcome, status, answer, reason)
select delivery_id, 1, %(started_at)s, %(duration_ms)s, %(outcome)s, %(status)s, %(answer)s, %(reason)s from made
returning delivery_id

-- name: seen_before
-- Whether the sender gave an earlier delivery this id.
select exists(
    select from connections.delivery
    where connection_key = %(connection_key)s and delivery_key = %(delivery_key)s and outcome in ('taken', 'rejected')
)

-- name: note_delivery
insert into connections.delivery
    (connection_key, received_at, outcome, topic, delivery_key, events, bytes, reason)
values
    (%(connection_key)s, %(received_at)s, %(outcome)s, %(topic)s, %(delivery_key)s, %(events)s, %(bytes)s, %(reason)s)

-- name: forget_deliveries
-- Those before the last of a connection. What was refused counts apart: nobody unknown pushes out what is known.
delete from connections.delivery
where
    connection_key = %(connection_key)s and (outcome = 'refused') = %(refused)s
    and delivery_id < (
        select delivery_id from connections.delivery
        where connection_key = %(connection_key)s and (outcome = 'refused') = %(refused)s
        order by delivery_id desc
        offset %(kept)s limit 1
    )

-- name: count_delivery
-- Last in its transaction: deliveries of one topic wait for each other here, and not for longer than a moment.
insert into connections.tally as known (connection_key, topic, outcome, count, first_at, last_at)
values (%(connection_key)s, %(topic)s, %(outcome)s, 1, %(received_at)s, %(received_at)s)
on conflict (connection_key, topic, outcome)
do update set count = known.count + 1, last_at = greatest(known.last_at, excluded.last_at)

-- name: keep_sample
insert into connections.sample (connection_key, topic, received_at, headers, payload)
values (%(connection_key)s, %(topic)s, %(received_at)s, %(headers)s, %(payload)s)
on conflict (connection_key, topic)
do update set received_at = excluded.received_at, headers = excluded.headers, payload = excluded.payload

-- name: forget_samples
-- Old ones, and all but the newest few of a connection.
delete from connections.sample
where
    connection_key = %(connection_key)s
    and (
        received_at < %(before)s
        or topic not in (
            select topic from connections.sample
            where connection_key = %(connection_key)s
            order by received_at desc
            limit %(kept)s
        )
    )

-- name: deliveries
select delivery_id, received_at, outcome, topic, delivery_key, events, bytes, reason
from connections.delivery
where connection_key = %(connection_key)s
order by delivery_id desc
limit %(limit)s

-- name: tallies
select connection_key, topic, outcome, count, first_at, last_at
from connections.tally
where %(connection_key)s::text is null or connection_key = %(connection_key)s
order by connection_key, count desc, topic, outcome

-- name: samples
-- The last real payloads, newest first.
select topic, received_at, headers, payload
from connections.sample
where connection_key = %(connection_key)s and received_at >= %(since)s
order by received_at desc

-- name: erase_samples
delete from connections.sample where connection_key = %(connection_key)s

-- name: forget_old_samples
delete from connections.sample where received_at < %(before)s

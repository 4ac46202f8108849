-- name: take
-- Note the keys of messages that are handed over; gives the numbers of those that are new.
insert into campaigns.handed (idempotency_key, digest, by, handed_at)
select given.key, given.digest, %(by)s, %(now)s
from unnest(%(keys)s::text[], %(digests)s::bytea[]) as given (key, digest)
order by given.key
on conflict do nothing
returning handed_id, idempotency_key

-- name: taken
-- What was handed over under these keys before, and what it said.
select handed.idempotency_key, handed.digest, handed.send_id, send.customer_id, send.state
from campaigns.handed
left join messaging.fact_send as send using (send_id)
where handed.idempotency_key = any(%(keys)s::text[])

-- name: give_sends
-- Which send each became.
update campaigns.handed set send_id = given.send_id
from unnest(%(handed_ids)s::bigint[], %(send_ids)s::bigint[]) as given (handed_id, send_id)
where handed.handed_id = given.handed_id

-- name: add_source
-- By which source single messages go; whether it is new.
insert into campaigns.handed_source (key, version, step, since)
values (%(key)s, %(version)s, %(step)s, %(at)s)
on conflict do nothing

-- name: waiting
-- The sources of single messages with something to move.
select source.key, source.version, source.step
from campaigns.handed_source as source
where exists (
    select from messaging.fact_send as send
    where send.source_kind = 'api' and send.source_key = source.key and send.source_version = source.version
        and send.step = source.step and send.state in ('queued', 'claimed', 'handed')
)
order by source.since desc

-- name: forget_keys
-- A key of long ago is free again; what was sent by it stays.
delete from campaigns.handed where handed_at < %(before)s

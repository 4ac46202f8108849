-- name: refuse
-- Keeps what could not be used; the same thing that is already open is counted there. Ids follow the order of arrival,
-- rows are written in the order of their digests, so that two batches with the same wait for each other in one order.
with arrived as materialized (
    select nextval(pg_get_serial_sequence('log.reject', 'reject_id')) as reject_id, given.*
    from (
        select * from unnest(
            %(source)s::text[], %(stage)s::text[], %(code)s::text[], %(reason)s::text[], %(path)s::text[],
            %(payload)s::text[], %(message_id)s::text[], %(received_at)s::timestamptz[], %(times)s::int[],
            %(digest)s::bytea[])
        with ordinality as one (source, stage, code, reason, path, payload, message_id, received_at, times, digest, nth)
        order by nth
    ) given
)
insert into log.reject as known
    (reject_id, rejected_at, last_at, source, stage, code, reason, path, payload, message_id, received_at, times, digest)
overriding system value
select reject_id, clock_timestamp(), clock_timestamp(),  -- wall clock
       source, stage, code, reason, path, payload, message_id, received_at, times, digest
from arrived order by digest
on conflict (digest) where state = 'open'
do update set times = known.times + excluded.times, last_at = excluded.last_at

-- name: rejects
-- The latest first, with the beginning of what was refused.
select reject_id, rejected_at, last_at, times, source, stage, code, path, reason, message_id, received_at, state,
       settled_at, settled_by, attempts, left(payload, %(signs)s) as payload
from log.reject
where (%(before)s::bigint is null or reject_id < %(before)s)
  and (%(state)s::text is null or state = %(state)s)
  and (%(source)s::text is null or source = %(source)s)
  and (%(stage)s::text is null or stage = %(stage)s)
  and (%(code)s::text is null or code = %(code)s)
  and (%(since)s::timestamptz is null or last_at >= %(since)s)
order by reject_id desc
limit %(limit)s

-- name: counts
-- How many of each reason, the most frequent first.
select source, stage, code, count(*) as rejects, sum(times)::bigint as times, max(last_at) as last_at,
       min(rejected_at) as first_at
from log.reject
where (%(state)s::text is null or state = %(state)s)
  and (%(source)s::text is null or source = %(source)s)
  and (%(stage)s::text is null or stage = %(stage)s)
  and (%(code)s::text is null or code = %(code)s)
  and (%(since)s::timestamptz is null or last_at >= %(since)s)
group by source, stage, code
order by rejects desc, source, code, stage
limit %(limit)s

-- name: reject
select reject_id, rejected_at, last_at, times, source, stage, code, path, reason, message_id, received_at, state,
       settled_at, settled_by, attempts, payload
from log.reject where reject_id = %(reject_id)s

-- name: hold
-- One reject until the transaction ends; waits for whoever holds it.
select reject_id, rejected_at, last_at, times, source, stage, code, path, reason, message_id, received_at, state,
       settled_at, settled_by, attempts, payload
from log.reject where reject_id = %(reject_id)s
for update

-- name: hold_open
-- The oldest open ones after an id, with their payloads; those that somebody else holds are passed over.
select reject_id, rejected_at, last_at, times, source, stage, code, path, reason, message_id, received_at, state,
       settled_at, settled_by, attempts, payload
from log.reject
where state = 'open' and reject_id > %(after)s and reject_id <= %(to)s
  and (%(source)s::text is null or source = %(source)s)
  and (%(stage)s::text is null or stage = %(stage)s)
  and (%(code)s::text is null or code = %(code)s)
  and (%(since)s::timestamptz is null or last_at >= %(since)s)
order by reject_id
limit %(limit)s
for update skip locked

-- name: bounds
-- How many open ones fit, and the last of them: what is refused from now on is not among them.
select count(*) as rejects, coalesce(max(reject_id), 0) as last
from log.reject
where state = 'open'
  and (%(source)s::text is null or source = %(source)s)
  and (%(stage)s::text is null or stage = %(stage)s)
  and (%(code)s::text is null or code = %(code)s)
  and (%(since)s::timestamptz is null or last_at >= %(since)s)

-- name: settle
update log.reject
set state = %(state)s, settled_at = clock_timestamp(), settled_by = %(by)s  -- wall clock
where reject_id = any (%(reject_ids)s) and state = 'open'

-- name: refuse_again
-- A further try failed: the reason is the newest one. It no longer counts repeats of its first self.
update log.reject
set code = given.code, path = given.path, reason = given.reason, attempts = reject.attempts + 1, digest = null
from unnest(%(reject_ids)s::bigint[], %(code)s::text[], %(path)s::text[], %(reason)s::text[])
    as given (reject_id, code, path, reason)
where reject.reject_id = given.reject_id and reject.state = 'open'

-- name: expire
-- A bounded number of old ones: what is open expires, and what was refused is erased.
update log.reject
set payload = null, state = case when state = 'open' then 'expired' else state end,
    settled_at = coalesce(settled_at, clock_timestamp())  -- wall clock
where reject_id in (
    select reject_id from log.reject
    where payload is not null and rejected_at < clock_timestamp() - make_interval(days => %(days)s)  -- wall clock
    order by rejected_at
    limit %(limit)s
    for update skip locked)

-- name: erase
-- The payload goes, the fact and its reason stay.
update log.reject set payload = null where reject_id = any (%(reject_ids)s)

-- name: enqueue
-- A ledger row for each person who has none yet; who has one, by any of their profiles, is not asked again.
insert into messaging.send (source_id, customer_id, atom_id, entry, arm, queued_at, not_before, data)
select
    %(source_id)s, person.customer_id, person.customer_id, %(entry)s, person.arm, %(at)s,
    coalesce(person.not_before, '-infinity'), person.data
from unnest(%(customer_ids)s::bigint[], %(arms)s::text[], %(not_before)s::timestamptz[], %(data)s::jsonb[])
    as person (customer_id, arm, not_before, data)
where not exists (
    select from messaging.send
    where send.source_id = %(source_id)s and send.customer_id = person.customer_id and send.entry = %(entry)s
)
order by person.customer_id
on conflict do nothing

-- name: claim
-- Up to so many rows that are due, in order of their moment and of the ledger; nobody else takes them until the commit.
select send_id, customer_id, arm, entry, tries, reason, data
from messaging.send
where source_id = %(source_id)s and state = 'queued' and not_before <= %(at)s
order by not_before, send_id
limit %(limit)s
for update skip locked

-- name: decide
-- The outcome of the checks, for rows that wait; those to be handed over are leased to this worker.
update messaging.send
set state = outcome.state,
    reason = outcome.reason,
    detail = outcome.detail,
    address_hash = outcome.address_hash,
    decided_at = %(at)s,
    resolved_at = case when outcome.state <> 'handed' then %(at)s::timestamptz end,
    leased_by = case when outcome.state = 'handed' then %(worker)s end,
    lease_until = case
        when outcome.state = 'handed'
            then clock_timestamp() + make_interval(secs => %(lease_s)s)  -- wall clock
    end
from unnest(
    %(send_ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(details)s::text[], %(hashes)s::bytea[]
) as outcome (send_id, state, reason, detail, address_hash)
where send.send_id = outcome.send_id and send.state = 'queued'
returning send.send_id, send.state

-- name: put_off
-- What may not leave yet waits until its moment.
update messaging.send
set reason = outcome.reason, detail = outcome.detail, not_before = outcome.not_before
from unnest(%(send_ids)s::bigint[], %(reasons)s::text[], %(details)s::text[], %(not_before)s::timestamptz[])
    as outcome (send_id, reason, detail, not_before)
where send.send_id = outcome.send_id and send.state = 'queued'

-- name: resolve
-- What became of the messages handed over. A row whose lease ran out meanwhile is in doubt, or waits to be handed over
-- again, and is settled here. What is to be tried again waits again. Of somebody erased meanwhile the other side's words,
-- which may name their address, are not kept: the erasure took the address's hash.
update messaging.send
set state = receipt.state,
    reason = receipt.reason,
    detail = case when send.state = 'queued' or send.address_hash is not null then receipt.detail end,
    not_before = coalesce(receipt.not_before, send.not_before),
    tries = send.tries + case when receipt.state = 'queued' then 1 else 0 end,
    address_hash = case when receipt.state = 'queued' then null else send.address_hash end,
    decided_at = case when receipt.state = 'queued' then null else coalesce(send.decided_at, %(at)s) end,
    resolved_at = case when receipt.state = 'queued' then null else %(at)s::timestamptz end,
    leased_by = null,
    lease_until = null
from unnest(
    %(send_ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(details)s::text[],
    %(not_before)s::timestamptz[]
) as receipt (send_id, state, reason, detail, not_before)
where send.send_id = receipt.send_id
    and (
        send.state = 'handed' and send.leased_by = %(worker)s or send.state = 'in_doubt'
        or send.state = 'queued' and send.reason = 'interrupted'
    )
returning send.send_id, send.state

-- name: recover
-- After a crash, once the lease is over: what was only claimed waits again; what was being handed over is in doubt,
-- unless its hand-over would have been part of the transaction that was lost, or it is to be sent again all the same.
with lost as (
    select
        send.send_id, send.state = 'claimed' or %(atomic)s as waits,
        source.purpose = 'transactional' and send.tries < %(tries_max)s as again
    from messaging.send
    inner join messaging.source using (source_id)
    where
        send.source_id = %(source_id)s and send.state in ('claimed', 'handed')
        and send.lease_until < clock_timestamp()  -- wall clock
    order by send.send_id
    for update of send
)

update messaging.send
set state = case when lost.waits or lost.again then 'queued' else 'in_doubt' end,
    reason = case when lost.waits then send.reason else 'interrupted' end,
    tries = send.tries + case when lost.again and not lost.waits then 1 else 0 end,
    address_hash = case when not (lost.waits or lost.again) then send.address_hash end,
    decided_at = case when not (lost.waits or lost.again) then send.decided_at end,
    resolved_at = null,
    leased_by = null,
    lease_until = null
from lost
where send.send_id = lost.send_id
returning send.send_id, send.state

-- name: give_up
-- What still waits in a source is refused with a reason, in both arms alike; what may have left already is in doubt.
update messaging.send
set state = case when send.reason = any(%(doubts)s::text[]) then 'in_doubt' else 'skipped' end,
    reason = case when send.reason = any(%(doubts)s::text[]) then send.reason else %(reason)s end,
    decided_at = %(at)s, resolved_at = %(at)s
where source_id = %(source_id)s and state = 'queued'
returning send_id

-- name: retry_failed
-- What a channel refused, and so certainly did not leave, waits again; it is checked as if for the first time.
with failed as (
    select send_id from messaging.send
    where source_id = %(source_id)s and state = 'failed'
        and (%(send_ids)s::bigint[] is null or send_id = any(%(send_ids)s))
    order by send_id
    for update
)

update messaging.send
set state = 'queued', reason = null, detail = null, address_hash = null, decided_at = null, resolved_at = null,
    not_before = '-infinity', tries = 0
from failed
where send.send_id = failed.send_id

-- name: settle
-- What somebody found out about messages in doubt.
update messaging.send
set state = case when %(sent)s then 'sent' else 'failed' end,
    reason = case when not %(sent)s then 'settled' end,
    detail = null, resolved_at = %(at)s
where source_id = %(source_id)s and state = 'in_doubt' and send_id = any(%(send_ids)s)
returning send_id

-- name: announce
-- Tells the log what became of these sends; the message id is made of the send, its state, and which time it was tried.
select log.append(
    'messaging:' || send.send_id || ':' || send.state || case when send.tries > 0 then ':' || send.tries else '' end,
    'regulars.messaging.' || send.state,
    send.atom_id,
    %(at)s::timestamptz,
    jsonb_strip_nulls(jsonb_build_object(
        'send_id', send.send_id, 'source_kind', source.kind, 'source', source.key,
        'source_version', source.version, 'channel', source.channel, 'template', source.template_key,
        'arm', send.arm, 'reason', send.reason
    ))
)
from messaging.send
inner join messaging.source using (source_id)
where send.send_id = any(%(send_ids)s)

-- name: still_open
-- How many rows of a source are neither resolved nor in doubt.
select count(*) from messaging.send
where source_id = %(source_id)s and state in ('queued', 'claimed', 'handed')

-- name: send_of_person
-- What became of one person in a source, the latest entry first; of several profiles' rows the one that was sent.
select
    send.send_id, send.customer_id, send.arm, send.state, send.reason, send.detail, send.decided_at,
    send.resolved_at, nullif(send.not_before, '-infinity') as not_before
from messaging.send
where source_id = %(source_id)s and customer_id = %(customer_id)s
order by entry desc, reason is not distinct from 'same_person', state <> 'sent', send_id
limit 1

-- name: in_doubt
-- The sends of a source of which nobody knows whether they left.
select
    send.send_id, send.customer_id, send.arm, send.state, send.reason, send.detail, send.decided_at,
    send.resolved_at, nullif(send.not_before, '-infinity') as not_before
from messaging.send
where source_id = %(source_id)s and state = 'in_doubt'
order by send_id

-- name: follow
-- Give each profile's rows, and the messages kept for them, to its person.
with followed as (
    update messaging.send set customer_id = moved.after
    from unnest(%(atoms)s::bigint[], %(afters)s::bigint[]) as moved (atom_id, after)
    where send.atom_id = moved.atom_id and send.customer_id <> moved.after
    returning send.send_id, send.customer_id
)

update messaging.recorded set customer_id = followed.customer_id
from followed
where recorded.send_id = followed.send_id

-- name: add_source
-- What asks for sends, once; a repeat gives nothing.
insert into messaging.source (
    kind, key, version, step, channel, template_key, template_version, created_at, topic, purpose, targeted
)
values (
    %(kind)s, %(key)s, %(version)s, %(step)s, %(channel)s, %(template_key)s, %(template_version)s, %(at)s,
    %(topic)s, %(purpose)s, %(targeted)s
)
on conflict do nothing

-- name: find_source
-- One source by its name.
select * from messaging.source
where kind = %(kind)s and key = %(key)s and version = %(version)s and step = %(step)s

-- name: source_of_id
select * from messaging.source where source_id = %(source_id)s

-- name: pause_source
-- Nothing more is claimed from a paused source.
update messaging.source set paused = %(paused)s where source_id = %(source_id)s

-- name: enqueue
-- A ledger row for each person who has none yet; who has one, by any of their profiles, is not asked again.
insert into messaging.send (source_id, customer_id, atom_id, entry, arm, queued_at)
select %(source_id)s, person.customer_id, person.customer_id, %(entry)s, person.arm, %(at)s
from unnest(%(customer_ids)s::bigint[], %(arms)s::text[]) as person (customer_id, arm)
where not exists (
    select from messaging.send
    where send.source_id = %(source_id)s and send.customer_id = person.customer_id and send.entry = %(entry)s
)
order by person.customer_id
on conflict do nothing

-- name: claim
-- Up to so many waiting rows, in order of the ledger, leased to one worker until the lease ends.
with waiting as (
    select send.send_id
    from messaging.send
    inner join messaging.source using (source_id)
    where send.source_id = %(source_id)s and send.state = 'queued' and not source.paused
    order by send.send_id
    limit %(limit)s
    for update of send skip locked
)
update messaging.send
set state = 'claimed',
    leased_by = %(worker)s,
    lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)  -- wall clock
from waiting
where send.send_id = waiting.send_id
returning send.send_id, send.customer_id, send.arm, send.entry

-- name: people
-- Whose these rows are by now, and whether another row of the same person comes first: one that went further, or of
-- those that wait the earlier.
select
    send.send_id,
    send.customer_id,
    exists (
        select from messaging.send as other
        where
            other.source_id = send.source_id and other.customer_id = send.customer_id and other.entry = send.entry
            and other.send_id <> send.send_id
            and (
                other.state in ('handed', 'sent', 'in_doubt', 'held_out')
                or other.state in ('queued', 'claimed') and other.send_id < send.send_id
            )
    ) as comes_second
from messaging.send
where send.send_id = any(%(send_ids)s)

-- name: one_at_a_time
-- Until the end of the transaction nobody else decides about this source: two profiles with one address could
-- otherwise pass side by side.
select pg_advisory_xact_lock(7246022, hashint8(%(source_id)s))

-- name: taken_addresses
-- Of these address hashes, those to which this source has already sent, or may have.
select address_hash
from messaging.send
where source_id = %(source_id)s and entry = %(entry)s and address_hash = any(%(hashes)s)
    and state in ('handed', 'sent', 'in_doubt')

-- name: decide
-- The outcome of the checks, for rows this worker still holds; those to be handed over keep their lease.
with decided as (
    update messaging.send
    set state = outcome.state,
        reason = outcome.reason,
        detail = outcome.detail,
        address_hash = outcome.address_hash,
        decided_at = %(at)s,
        resolved_at = case when outcome.state <> 'handed' then %(at)s::timestamptz end,
        leased_by = case when outcome.state = 'handed' then send.leased_by end,
        lease_until = case when outcome.state = 'handed' then send.lease_until end
    from unnest(
        %(send_ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(details)s::text[], %(hashes)s::bytea[]
    ) as outcome (send_id, state, reason, detail, address_hash)
    where send.send_id = outcome.send_id and send.state = 'claimed' and send.leased_by = %(worker)s
    returning send.send_id, send.state
)
select send_id, state from decided order by send_id

-- name: resolve
-- What became of the messages handed over. A row whose lease ran out meanwhile is in doubt and is settled here.
update messaging.send
set state = receipt.state,
    reason = receipt.reason,
    detail = receipt.detail,
    resolved_at = %(at)s,
    leased_by = null,
    lease_until = null
from unnest(%(send_ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(details)s::text[])
    as receipt (send_id, state, reason, detail)
where send.send_id = receipt.send_id
    and (send.state = 'handed' and send.leased_by = %(worker)s or send.state = 'in_doubt')
returning send.send_id

-- name: recover
-- After a crash, once the lease is over: what was only claimed waits again; what was being handed over is in
-- doubt, unless its hand-over would have been part of the transaction that was lost.
update messaging.send
set state = case when state = 'claimed' or %(atomic)s then 'queued' else 'in_doubt' end,
    reason = case when state = 'claimed' or %(atomic)s then null else 'interrupted' end,
    address_hash = case when state = 'claimed' or %(atomic)s then null else address_hash end,
    decided_at = case when state = 'claimed' or %(atomic)s then null else decided_at end,
    resolved_at = null,
    leased_by = null,
    lease_until = null
where source_id = %(source_id)s
    and state in ('claimed', 'handed')
    and lease_until < clock_timestamp()  -- wall clock
returning send_id, state

-- name: give_up
-- What still waits in a source is refused with a reason, in both arms alike.
update messaging.send
set state = 'skipped', reason = %(reason)s, decided_at = %(at)s, resolved_at = %(at)s
where source_id = %(source_id)s and state = 'queued'
returning send_id

-- name: announce
-- Tells the log what became of these sends; the message id is made of the send and its state.
select log.append(
    'messaging:' || send.send_id || ':' || send.state,
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
    send.resolved_at
from messaging.send
where source_id = %(source_id)s and customer_id = %(customer_id)s
order by entry desc, reason is not distinct from 'same_person', state <> 'sent', send_id
limit 1

-- name: in_doubt
-- The sends of a source of which nobody knows whether they left.
select
    send.send_id, send.customer_id, send.arm, send.state, send.reason, send.detail, send.decided_at,
    send.resolved_at
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

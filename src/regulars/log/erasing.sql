-- name: hold_readers
-- No reader moves until the transaction ends; waits for those in the middle of a step.
select name from log.reader order by name for update

-- name: hold_sequencer
-- Nothing is booked until the transaction ends; gives the last position booked.
select next_position - 1 from log.sequencer for update

-- name: drop_waiting
-- What waits for the sequencer under some identifiers and happened before an instant. Who was signed in counts: on a
-- device that two people share, what the other did is theirs.
delete from log.inbox
where
    occurred_at < %(before)s and customer_id is null
    and exists (
        select from unnest(%(kinds)s::text[], %(values)s::text[]) as known (kind, value)
        where
            known.kind = 'user_id' and known.value = inbox.user_id
            or known.kind = 'anonymous_id' and known.value = inbox.anonymous_id and inbox.user_id is null
    )

-- name: erase_set_aside
-- An event that is erased is not applied again.
delete from log.set_aside
using log.event
where event.position = set_aside.position and event.customer_id = any(%(atoms)s::bigint[])

-- name: erase_seen
-- Message ids that name the person; all others stay, so that what is sent again is still known.
delete from log.seen
using log.event
where seen.message_id = event.message_id and event.customer_id = any(%(atoms)s::bigint[]) and event.message_id ~* %(pattern)s

-- name: erase_events
-- Empties the events of some customers; position and times stay. Gives the tables and how many events of each.
with erased as (
    update log.event
    set
        customer_id = null, user_id = null, anonymous_id = null, message_id = 'erased:' || position, type = 'track',
        name = 'regulars.privacy.erased', properties = '{}', context = null
    where customer_id = any(%(atoms)s::bigint[])
    returning event.tableoid::regclass::text as place
)

select place, count(*)::integer as events from erased group by place order by place

-- name: of_nobody
-- What events of nobody say.
select position, concat_ws(chr(31), properties, context, message_id, user_id, anonymous_id)
from log.event
where customer_id is null and name <> 'regulars.privacy.erased'

-- name: erase_of_nobody
-- The same for events of nobody that name somebody.
with erased as (
    update log.event
    set
        user_id = null, anonymous_id = null, message_id = 'erased:' || position, type = 'track',
        name = 'regulars.privacy.erased', properties = '{}', context = null
    where
        position = any(%(positions)s::bigint[]) and customer_id is null
        and (
            properties::text ~* %(pattern)s or context::text ~* %(pattern)s or message_id ~* %(pattern)s
            or user_id ~* %(pattern)s or anonymous_id ~* %(pattern)s
        )
    returning event.tableoid::regclass::text as place
)

select place, count(*)::integer as events from erased group by place order by place

-- name: rejects_telling
select reject_id, concat_ws(chr(31), payload, reason, path, message_id)
from log.reject
where num_nonnulls(payload, message_id) > 0 or reason <> 'erased' or path <> ''

-- name: erase_rejects
-- The payload goes; that something was refused stays.
update log.reject
set
    payload = null, digest = null,
    reason = case when reason ~* %(pattern)s then 'erased' else reason end,
    path = case when path ~* %(pattern)s then '' else path end,
    message_id = null,
    settled_at = coalesce(settled_at, clock_timestamp()),  -- wall clock
    settled_by = case when state = 'open' then 'erasure' else settled_by end,
    state = case when state = 'open' then 'dismissed' else state end
where
    reject_id = any(%(ids)s::bigint[])
    and (payload ~* %(pattern)s or reason ~* %(pattern)s or path ~* %(pattern)s or message_id ~* %(pattern)s)

-- name: erase_reasons
update log.set_aside set reason = 'erased' where reason ~* %(pattern)s

-- name: erase_errors
update log.reader set last_error = 'erased' where last_error ~* %(pattern)s

-- name: held
-- Everything that happened to some customers.
select
    position, occurred_at, received_at, source, type, name, message_id, user_id, anonymous_id, properties, context
from log.event
where customer_id = any(%(atoms)s::bigint[])
order by position

-- name: held_rejects
select reject_id, rejected_at, source, reason, payload
from log.reject
where payload ~* %(pattern)s
order by reject_id

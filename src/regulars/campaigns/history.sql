-- name: past
-- What became of one send and what came back of it, in order.
select happened.at, happened.what, happened.machine, happened.detail
from (
    select send.queued_at as at, 'queued' as what, false as machine, '' as detail, 0 as place
    from messaging.fact_send as send where send.send_id = %(send_id)s
    union all
    select send.decided_at, 'checked', false, coalesce(send.reason, ''), 1
    from messaging.fact_send as send where send.send_id = %(send_id)s and send.decided_at is not null
    union all
    select send.resolved_at, send.state, false, coalesce(send.reason, ''), 2
    from messaging.fact_send as send where send.send_id = %(send_id)s and send.resolved_at is not null
    union all
    select
        reaction.at, reaction.kind, reaction.machine,
        concat_ws(' · ', nullif(reaction.link, ''), nullif(reaction.signal, ''), nullif(reaction.detail, '')), 3
    from messaging.fact_reaction as reaction where reaction.send_id = %(send_id)s
) as happened
order by happened.at, happened.place

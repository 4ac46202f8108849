-- name: messages
-- What became of each person in a source, in the order of the ledger, from a place on.
select
    send.send_id, send.customer_id, send.arm, send.state, send.reason, send.detail, send.decided_at,
    send.resolved_at
from messaging.send
inner join messaging.source using (source_id)
where source.kind = %(kind)s and source.key = %(key)s and source.version = %(version)s
    and (%(state)s::text is null or send.state = %(state)s)
    and send.send_id > %(after)s
order by send.send_id
limit %(limit)s

-- name: message
-- One send with the message that was recorded for it, if it was.
select
    send.send_id, send.customer_id, send.arm, send.state, send.reason, send.detail, send.decided_at,
    send.resolved_at, source.kind as source_kind, source.key as source_key, source.version as source_version,
    source.step, source.channel, source.template_key,
    coalesce(send.template_version, source.template_version) as template_version,
    recorded.address, recorded.headers, recorded.subject, recorded.preheader, recorded.text_body,
    recorded.html_body, send.data
from messaging.send
inner join messaging.source using (source_id)
left join messaging.recorded using (send_id)
where send.send_id = %(send_id)s

-- name: kept_back
-- How many messages the policy kept back since an instant, or makes wait, by reason.
select kept.reason, count(*)::integer as messages
from (
    select send.reason from messaging.send
    where send.decided_at >= %(since)s and send.reason in ('capped', 'outranked', 'quiet_hours', 'global_holdout')
    union all
    select send.reason from messaging.send
    where send.state = 'queued' and send.reason in ('outranked', 'quiet_hours')
) as kept
group by kept.reason

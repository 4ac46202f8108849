-- name: log_page
-- Sends with what asked for them, the latest first, from a place on.
select
    send.send_id, send.customer_id, send.arm, send.state, send.reason, send.detail, send.queued_at, send.decided_at,
    send.resolved_at, source.kind as source_kind, source.key as source_key, source.version as source_version,
    source.step, source.channel, source.template_key
from messaging.send
inner join messaging.source using (source_id)
where (%(before)s::bigint is null or send.send_id < %(before)s)
    and (%(send_id)s::bigint is null or send.send_id = %(send_id)s)
    and (%(customers)s::bigint[] is null or send.customer_id = any(%(customers)s))
    and {state}
    and (%(reason)s::text is null or send.reason = %(reason)s)
    and (%(source_kind)s::text is null or source.kind = %(source_kind)s)
    and (%(source)s::text is null or source.key = %(source)s)
    and (%(channel)s::text is null or source.channel = %(channel)s)
    and (%(since)s::timestamptz is null or send.queued_at >= %(since)s)
    and (%(until)s::timestamptz is null or send.queued_at < %(until)s)
order by send.send_id desc
limit %(limit)s

-- name: log_sources
-- What has ever asked for messages, the latest first.
select kind, key from messaging.source group by kind, key order by max(source_id) desc limit 200

-- name: log_channels
select distinct channel from messaging.source order by channel

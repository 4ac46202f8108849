-- name: asked
-- One send with what is asked of it.
select
    send.send_id, send.customer_id, send.arm, send.state, send.reason, send.detail, send.decided_at,
    nullif(send.not_before, '-infinity') as not_before, source.medium, source.topic, source.purpose, source.targeted,
    source.capped, source.priority
from messaging.send
inner join messaging.source using (source_id)
where send.send_id = %(send_id)s

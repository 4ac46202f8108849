-- name: last_heard
-- When some people were last sent something they had not asked for; what may have left counts.
select send.customer_id, max(send.decided_at) as at
from messaging.send
inner join messaging.source using (source_id)
where
    send.customer_id = any(%(ids)s::bigint[]) and source.purpose = 'marketing'
    and send.state in ('handed', 'sent', 'in_doubt')
group by send.customer_id

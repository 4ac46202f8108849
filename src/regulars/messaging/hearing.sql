-- name: last_heard
-- When some people were last sent something they had not asked for; what may have left counts.
select send.customer_id, max(send.decided_at) as at
from messaging.send
inner join messaging.source using (source_id)
where
    send.customer_id = any(%(ids)s::bigint[]) and source.purpose = 'marketing'
    and send.state in ('handed', 'sent', 'in_doubt')
group by send.customer_id

-- name: one_at_a_time
-- Until the end of the transaction nobody else decides about a message to these people, who want few: two sources could
-- otherwise pass side by side. In one order, so that nobody waits for one another.
select count(pg_advisory_xact_lock(7246023, hashint8(listed.customer_id)))
from (
    select customer_id from unnest(%(ids)s::bigint[]) as given (customer_id) order by hashint8(customer_id)
) as listed

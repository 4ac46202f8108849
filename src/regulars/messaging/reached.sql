-- name: reached
-- Of these sends, those that left or may have.
select
    send.send_id, send.atom_id, send.customer_id, source.channel, source.purpose, source.topic, send.address_hash
from messaging.send
inner join messaging.source using (source_id)
where send.send_id = any(%(send_ids)s::bigint[]) and send.state in ('handed', 'sent', 'in_doubt', 'failed')

-- name: suppress_reached
-- The addresses of these sends; the first reason stays.
insert into messaging.suppression (channel, address_hash, reason, suppressed_at)
select distinct %(medium)s, address_hash, %(reason)s, %(at)s::timestamptz
from messaging.send
where send_id = any(%(send_ids)s::bigint[]) and address_hash is not null
order by address_hash
on conflict do nothing

-- name: counts
-- How many addresses nothing is sent to, by medium and reason.
select channel, reason, count(*)::bigint as addresses, max(suppressed_at) as latest_at
from messaging.suppression
group by channel, reason
order by addresses desc, channel, reason

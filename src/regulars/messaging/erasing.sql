-- name: erase_bodies
-- The messages themselves; that something was sent stays in the ledger of sends.
delete from messaging.recorded
where customer_id = any(%(atoms)s::bigint[]) or lower(address) = any(%(values)s::text[])

-- name: erase_sends
-- What the ledger of sends says of the person beside their number; what still waits is not sent.
update messaging.send
set
    detail = null, address_hash = null, data = null,
    state = case when state in ('queued', 'claimed') then 'skipped' else state end,
    reason = case when state in ('queued', 'claimed') then 'no_customer' else reason end,
    decided_at = coalesce(decided_at, queued_at),
    resolved_at = case when state in ('queued', 'claimed') then queued_at else resolved_at end,
    leased_by = case when state = 'claimed' then null else leased_by end,
    lease_until = case when state = 'claimed' then null else lease_until end
where
    atom_id = any(%(atoms)s::bigint[])
    and (
        detail is not null or address_hash is not null or data is not null or state in ('queued', 'claimed')
    )

-- name: held
select
    source.kind, source.key, source.channel, send.state, send.reason, send.queued_at, send.decided_at, recorded.address,
    recorded.subject, recorded.text_body, send.data
from messaging.send
inner join messaging.source using (source_id)
left join messaging.recorded using (send_id)
where send.atom_id = any(%(atoms)s::bigint[])
order by send.send_id

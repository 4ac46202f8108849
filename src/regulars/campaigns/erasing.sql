-- name: erase_handed
-- The keys of messages to these people, and what was said under them, which a hash of few possible words gives away.
delete from campaigns.handed
using messaging.fact_send as send
where send.send_id = handed.send_id and send.atom_id = any(%(atoms)s::bigint[])

-- name: erase_named
delete from campaigns.handed where idempotency_key ~* %(pattern)s

-- name: held
select key as campaign, arm, entered_at, window_ends_at, converted_at
from campaigns.member
where atom_id = any(%(atoms)s::bigint[])
order by entered_at, key

-- name: held_handed
select handed.idempotency_key as key, handed.by, handed.handed_at
from campaigns.handed
inner join messaging.fact_send as send using (send_id)
where send.atom_id = any(%(atoms)s::bigint[])
order by handed.handed_id

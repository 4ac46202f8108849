-- name: take
-- What came in, once; nothing when it was there before.
insert into deliverability.mail (via, digest, uid, received_at, outcome)
values (%(via)s, %(digest)s, %(uid)s, %(now)s, 'ignored')
on conflict do nothing
returning mail_id

-- name: note
update deliverability.mail
set outcome = %(outcome)s, kind = %(kind)s, reason = %(reason)s, address = %(address)s, excerpt = %(excerpt)s
where mail_id = %(mail_id)s

-- name: erased
-- Of these messages those to somebody who was erased.
select send.send_id
from messaging.fact_send as send
inner join customers.fact_erased as erased on erased.customer_id = send.atom_id
where send.send_id = any(%(send_ids)s::bigint[])

-- name: keep_bounces
insert into deliverability.bounce (
    key, send_id, atom_id, source_id, channel, address_hash, kind, domain, code, detail, at
)
select
    told.key, told.send_id, sent.atom_id, sent.source_id, sent.channel, sent.address_hash, told.kind, told.domain,
    told.code, told.detail, %(at)s
from unnest(
    %(keys)s::text[], %(send_ids)s::bigint[], %(kinds)s::text[], %(domains)s::text[], %(codes)s::text[],
    %(details)s::text[]
) as told (key, send_id, kind, domain, code, detail)
inner join messaging.fact_sent_to as sent using (send_id)
order by told.key
on conflict do nothing

-- name: too_often
-- Of these sends, those whose address has bounced for now so often within the days that it is given up.
select sent.send_id
from messaging.fact_sent_to as sent
where
    sent.send_id = any(%(send_ids)s::bigint[])
    and (
        select count(distinct bounce.send_id)
        from deliverability.bounce
        where bounce.address_hash = sent.address_hash and bounce.kind = 'soft' and bounce.at > %(since)s
    ) >= %(most)s::integer

-- name: forget_old
-- What could not be matched, after its days; of the rest only that it came, to know it again.
delete from deliverability.mail
where
    (outcome in ('unmatched', 'set_aside') and received_at < %(unmatched_before)s)
    or received_at < %(before)s

-- name: unmatched
select mail_id, via, received_at, outcome, kind, reason, address, excerpt
from deliverability.mail
where
    outcome in ('unmatched', 'set_aside')
    and (%(before)s::bigint is null or mail_id < %(before)s)
order by mail_id desc
limit %(limit)s

-- name: outcomes
select outcome, count(*)::bigint as mails from deliverability.mail group by outcome order by outcome

-- name: drop_unmatched
delete from deliverability.mail
where mail_id = %(mail_id)s and outcome in ('unmatched', 'set_aside')

-- name: known_uids
select uid from deliverability.mail where via = %(via)s and uid <> ''

-- name: add_cards
-- Told twice, a card stands once.
insert into channels.inbox_card (
    send_id, channel_key, atom_id, customer_id, title, body, link, image, at, expires_at
)
select told.send_id, %(key)s, told.customer_id, told.customer_id, told.title, told.body, told.link, told.image,
    told.at, told.at + make_interval(days => %(keep_days)s)
from unnest(
    %(send_ids)s::bigint[], %(customer_ids)s::bigint[], %(titles)s::text[], %(bodies)s::text[], %(links)s::text[],
    %(images)s::text[], %(ats)s::timestamptz[]
) as told (send_id, customer_id, title, body, link, image, at)
on conflict (send_id) do nothing

-- name: cards
-- What a person has now, newest first.
select card_id, send_id, title, body, link, image, at, expires_at, read_at
from channels.inbox_card
where
    channel_key = %(key)s and customer_id = %(customer_id)s and dismissed_at is null
    and at <= %(at)s and expires_at > %(at)s
    and (%(before)s::bigint is null or card_id < %(before)s)
order by card_id desc
limit %(limit)s

-- name: unread
select count(*) from channels.inbox_card
where
    channel_key = %(key)s and customer_id = %(customer_id)s and dismissed_at is null and read_at is null
    and at <= %(at)s and expires_at > %(at)s

-- name: mark_read
-- Those that were not read before.
update channels.inbox_card set read_at = %(at)s
where
    channel_key = %(key)s and customer_id = %(customer_id)s and read_at is null
    and (%(card_ids)s::bigint[] is null or card_id = any(%(card_ids)s::bigint[]))
returning send_id

-- name: dismiss
update channels.inbox_card set dismissed_at = %(at)s, read_at = coalesce(read_at, %(at)s)
where
    channel_key = %(key)s and customer_id = %(customer_id)s and dismissed_at is null
    and card_id = any(%(card_ids)s::bigint[])
returning send_id

-- name: forget_cards
-- Cards whose time was over long ago, a part at a time.
delete from channels.inbox_card
where card_id in (select old.card_id from channels.inbox_card as old where old.expires_at < %(before)s limit 50000)

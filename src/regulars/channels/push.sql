-- name: subscribe
-- Told again, a browser stands once; whoever it is of now has it.
insert into channels.push_subscription (channel_key, atom_id, customer_id, endpoint, p256dh, auth, made_at)
values (%(key)s, %(customer_id)s, %(customer_id)s, %(endpoint)s, %(p256dh)s, %(auth)s, %(now)s)
on conflict (channel_key, md5(endpoint)) do update set
    atom_id = excluded.atom_id, customer_id = excluded.customer_id, p256dh = excluded.p256dh, auth = excluded.auth

-- name: unsubscribe
delete from channels.push_subscription
where channel_key = %(key)s and endpoint = %(endpoint)s and customer_id = %(customer_id)s

-- name: subscriptions
select subscription_id, customer_id, endpoint, p256dh, auth
from channels.push_subscription
where channel_key = %(key)s and customer_id = any(%(customer_ids)s::bigint[])
order by subscription_id

-- name: crowded
-- Of too many browsers of one person the oldest go.
delete from channels.push_subscription
where
    channel_key = %(key)s and customer_id = %(customer_id)s
    and subscription_id <= (
        select kept.subscription_id from channels.push_subscription as kept
        where kept.channel_key = %(key)s and kept.customer_id = %(customer_id)s
        order by kept.subscription_id desc
        offset 20 limit 1
    )

-- name: gone
delete from channels.push_subscription where subscription_id = any(%(ids)s::bigint[])

-- name: taken
update channels.push_subscription set taken_at = %(now)s where subscription_id = any(%(ids)s::bigint[])

-- name: subscribers
-- Of these people those with a browser that takes notifications.
select distinct customer_id from channels.push_subscription
where channel_key = %(key)s and customer_id = any(%(customer_ids)s::bigint[])

-- name: count_subscriptions
select count(*) from channels.push_subscription where channel_key = %(key)s

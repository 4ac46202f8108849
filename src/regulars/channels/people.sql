-- name: secret
-- The key under which tokens of customers' pages are sealed.
select value from channels.secret

-- name: follow_subscriptions
update channels.push_subscription set customer_id = moved.after
from unnest(%(atoms)s::bigint[], %(afters)s::bigint[]) as moved (atom_id, after)
where push_subscription.atom_id = moved.atom_id and push_subscription.customer_id <> moved.after

-- name: follow_cards
update channels.inbox_card set customer_id = moved.after
from unnest(%(atoms)s::bigint[], %(afters)s::bigint[]) as moved (atom_id, after)
where inbox_card.atom_id = moved.atom_id and inbox_card.customer_id <> moved.after

-- name: erase_subscriptions
delete from channels.push_subscription where atom_id = any(%(atoms)s::bigint[])

-- name: erase_cards
delete from channels.inbox_card where atom_id = any(%(atoms)s::bigint[])

-- name: erase_domains
-- A domain to which little ever went may be a person's own.
delete from channels.domain_tally
where
    domain = any(%(domains)s::text[])
    and domain in (
        select few.domain from channels.domain_tally as few
        where few.domain = any(%(domains)s::text[])
        group by few.domain
        having sum(few.sent + few.failed + few.deferred + few.in_doubt) < 100
    )

-- name: held_subscriptions
select channel_key, endpoint, made_at, taken_at
from channels.push_subscription
where atom_id = any(%(atoms)s::bigint[])
order by subscription_id

-- name: held_cards
select channel_key, title, body, link, image, at, expires_at, read_at, dismissed_at
from channels.inbox_card
where atom_id = any(%(atoms)s::bigint[])
order by card_id

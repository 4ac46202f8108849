-- name: place
select outcome, hold_id, null::bigint as transfer_id, available, field
from loyalty.currency c
cross join lateral loyalty.post_hold(
    c.programme_id, c.id,
    coalesce((select p.person_id from customers.fact_person p where p.customer_id = %(customer_id)s), %(customer_id)s),
    %(amount)s, %(key)s, %(at)s, %(expires_at)s, %(order_key)s, %(reason)s, %(actor)s, %(fields)s)
where c.programme_id = %(programme_id)s and c.code = %(currency)s

-- name: resolve
select outcome, %(hold_id)s::bigint as hold_id, transfer_id, available, field
from loyalty.resolve_hold(
    %(programme_id)s, %(hold_id)s, %(voids)s, %(amount)s, %(key)s, %(at)s, %(order_key)s, %(reason)s, %(actor)s,
    %(fields)s)

-- name: knows_key
select exists (select from loyalty.caller_key where programme_id = %(programme_id)s and key = %(key)s)

-- name: programme_ids
-- The programmes of which holds run out by now.
select distinct programme_id from loyalty.hold where state = 'open' and expires_at <= %(at)s order by programme_id

-- name: expire
select loyalty.expire_holds(%(programme_id)s, %(at)s)

-- name: tell_placed
select log.append(
    'regulars.loyalty.points_held/' || hold.id, 'regulars.loyalty.points_held', hold.customer_id, hold.placed_at,
    jsonb_build_object(
        'programme', programme.key, 'hold', hold.id, 'points', hold.amount, 'currency', currency.code,
        'expires_at', hold.expires_at, 'order', hold.order_key
    )
)
from loyalty.hold
inner join loyalty.programme on programme.id = hold.programme_id
inner join loyalty.currency on currency.id = hold.currency_id
where hold.id = %(hold_id)s

-- name: tell_resolved
select log.append(
    'regulars.loyalty.hold_resolved/' || hold.id, 'regulars.loyalty.hold_resolved', hold.customer_id, hold.resolved_at,
    jsonb_build_object(
        'programme', programme.key, 'hold', hold.id, 'points', hold.amount, 'captured', hold.captured,
        'currency', currency.code, 'state', hold.state, 'order', hold.order_key
    )
)
from loyalty.hold
inner join loyalty.programme on programme.id = hold.programme_id
inner join loyalty.currency on currency.id = hold.currency_id
where hold.id = any(%(holds)s::bigint[]) and hold.state <> 'open'

-- name: one_hold
select h.id, h.customer_id, c.code as currency, h.amount, h.state, h.captured, h.placed_at, h.expires_at, h.resolved_at,
    h.transfer_id, h.order_key, h.reason
from loyalty.hold h join loyalty.currency c on c.id = h.currency_id
where h.programme_id = %(programme_id)s and h.id = %(hold_id)s

-- name: of_member
select h.id, h.customer_id, c.code as currency, h.amount, h.state, h.captured, h.placed_at, h.expires_at, h.resolved_at,
    h.transfer_id, h.order_key, h.reason
from loyalty.member m
join loyalty.hold h on h.member_id = m.id
join loyalty.currency c on c.id = h.currency_id
where m.programme_id = %(programme_id)s and m.customer_id = %(customer_id)s and (h.state = 'open' or not %(only_open)s)
order by h.id desc limit %(limit)s

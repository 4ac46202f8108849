-- name: spend
select outcome, transfer_id, available, field
from loyalty.currency c
cross join lateral loyalty.post_spend(
    c.programme_id, c.id,
    coalesce((select p.person_id from customers.fact_person p where p.customer_id = %(customer_id)s), %(customer_id)s),
    %(kind)s, %(amount)s, %(key)s, %(occurred_at)s, %(at)s, %(reason)s,
    %(actor)s, %(fields)s, %(order_key)s)
where c.programme_id = %(programme_id)s and c.code = %(currency)s

-- name: award
select outcome, transfer_id, available, field
from loyalty.currency c
cross join lateral loyalty.post_award(
    c.programme_id, c.id,
    coalesce((select p.person_id from customers.fact_person p where p.customer_id = %(customer_id)s), %(customer_id)s),
    %(amount)s, %(key)s, %(occurred_at)s, %(at)s, %(active_from)s,
    %(expires_at)s, %(reason)s, %(actor)s, %(fields)s)
where c.programme_id = %(programme_id)s and c.code = %(currency)s

-- name: tell
-- What a single write did to the points of somebody, and of others by it; the message id is the transfer's, so that a
-- repeat tells nothing more.
select log.append(
    'regulars.loyalty.points_changed/' || programme.key || '/' || transfer.id, 'regulars.loyalty.points_changed',
    transfer.customer_id, transfer.occurred_at,
    jsonb_build_object(
        'programme', programme.key, 'kind', transfer.kind, 'points', transfer.amount, 'currency', currency.code,
        'transfer', transfer.id
    )
)
from loyalty.transfer
inner join loyalty.programme on programme.id = transfer.programme_id
inner join loyalty.currency on currency.id = transfer.currency_id
where transfer.id in (
    select %(transfer_id)s
    union
    -- The other side of what went from one member to another.
    select own.counterpart from only loyalty.transfer as own where own.id = %(transfer_id)s
    union
    -- What others of the pool handed over for it, or got home with it, in their books and in this member's.
    select unnest(array[shared.id, shared.counterpart])
    from loyalty.lot_move
    inner join loyalty.lot on lot.id = lot_move.lot_id and lot.given_from is not null
    inner join only loyalty.transfer as handed on handed.id = lot.transfer_id and handed.kind = 'pool'
    inner join loyalty.transfer as own on own.id = %(transfer_id)s
    inner join only loyalty.transfer as shared
        on (shared.id = handed.id or shared.reverses = handed.id) and shared.booked_at = own.booked_at
    where lot_move.transfer_id = %(transfer_id)s
)

-- name: join_member
-- Enrols one customer; 0 when already a member.
select loyalty.join_members(%(programme_id)s, array[
        coalesce((select p.person_id from customers.fact_person p where p.customer_id = %(customer_id)s), %(customer_id)s)
    ]::bigint[], array[%(at)s]::timestamptz[],
    array[%(at)s]::timestamptz[], %(terms)s, 'enrolment', %(tier_set)s)

-- name: programme_of_key
-- The newest version of a programme that holds for all.
select p.id as programme_id, p.key, v.version, v.live_from, v.live_until, v.body
from loyalty.programme p join loyalty.version_for_all v on v.programme_id = p.id
where p.key = %(key)s

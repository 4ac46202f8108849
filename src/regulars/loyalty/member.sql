-- name: standing
-- A member's numbers in one currency, and what all who share points with it can spend.
select m.id as member_id, m.customer_id, m.joined_at, m.terms_version, c.code as currency,
    act.balance as active, pen.balance as pending, -deb.balance as owed,
    s.spent, s.expired, loyalty.available(o.sharing, c.id, %(at)s) as spendable, cardinality(o.sharing) > 1 as sharing,
    (select coalesce(sum(h.amount), 0) from loyalty.hold h
        where h.member_id = m.id and h.currency_id = c.id and h.state = 'open' and h.expires_at > %(at)s)::bigint as held
from loyalty.member m
join loyalty.currency c on c.programme_id = m.programme_id and c.code = %(currency)s
join loyalty.account act on act.member_id = m.id and act.currency_id = c.id and act.kind = 'active'
join loyalty.account pen on pen.member_id = m.id and pen.currency_id = c.id and pen.kind = 'pending'
join loyalty.account deb on deb.member_id = m.id and deb.currency_id = c.id and deb.kind = 'debt'
cross join lateral (
    select
        coalesce(sum(case when t.kind = 'spend' then t.amount when o.kind = 'spend' then -t.amount end), 0)::bigint as spent,
        coalesce(sum(case t.kind when 'expire' then t.amount when 'reinstate' then -t.amount end), 0)::bigint as expired
    from loyalty.transfer t
    left join loyalty.transfer o on o.id = t.reverses
    where t.member_id = m.id and t.currency_id = c.id and t.kind in ('spend', 'expire', 'reinstate', 'reversal')
) s
cross join lateral (select loyalty.pool(m.id) as sharing) o
where m.programme_id = %(programme_id)s and m.customer_id = %(customer_id)s and m.closed_at is null

-- name: programmes_of
-- The programmes a customer is a member of.
select p.key from loyalty.member m join loyalty.programme p on p.id = m.programme_id
where m.customer_id = %(customer_id)s and m.closed_at is null order by p.key

-- name: lots
-- Every lot of a member, those with something left first, in the order in which they pay.
select l.id, l.transfer_id, l.earned_at, l.active_from, l.expires_at, l.amount, l.remaining, l.pending,
    c.code as currency, o.order_key, t.rule, t.reason
from loyalty.lot l
join loyalty.member m on m.id = l.member_id
join loyalty.currency c on c.id = l.currency_id
join only loyalty.transfer t on t.id = l.transfer_id
left join orders.fact_order o on o.order_id = t.order_id
where m.programme_id = %(programme_id)s and m.customer_id = %(customer_id)s
order by l.remaining = 0, l.pending, l.expires_at nulls last, l.earned_at, l.id limit %(limit)s

-- name: lot_history
-- What took from a lot and what gave back, in order.
select v.transfer_id, t.kind, v.amount, v.booked_at,
    (l.amount + sum(v.amount) over (order by v.id))::bigint as remaining_after, t.reason
from loyalty.lot_move v
join loyalty.lot l on l.id = v.lot_id
join loyalty.transfer t on t.id = v.transfer_id
where v.lot_id = %(lot_id)s order by v.id

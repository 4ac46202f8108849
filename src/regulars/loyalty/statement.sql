-- name: page
-- A member's ledger, newest first, each transfer with what it did to the accounts and lots; of a split also what of
-- the profile's points is gone for good.
select t.id, t.kind, t.amount, t.booked_at, t.occurred_at, t.reverses, t.reason, t.actor, t.rule, t.version,
    c.code as currency, o.order_id, o.order_key, o.total_minor, o.currency as money,
    coalesce(e.active, 0)::bigint as active_change, coalesce(e.pending, 0)::bigint as pending_change,
    coalesce(e.debt, 0)::bigint as debt_change, coalesce(b.balance_after, 0)::bigint as balance,
    l.id as lot_id, l.expires_at, l.active_from, coalesce(l.made, 0)::int as made_lots,
    coalesce(v.lots, '{}') as moved_lots, coalesce(v.amounts, '{}') as moved_amounts, r.kind as reversed_kind,
    coalesce(u.back, 0)::bigint as back, coalesce(u.back, 0) >= t.amount and t.amount > 0 as undone,
    t.claimed, t.order_key as paid_key, h.id as hold_id, h.amount as hold_amount, k.until as closed_until,
    coalesce(r.amount, 0)::bigint as reversed_amount,
    w.customer_id as other_id, coalesce(t.id < t.counterpart, false) as went,
    coalesce(g.used, 0)::bigint as used, o.status as order_status
from loyalty.member m
join loyalty.transfer t on t.member_id = m.id
join loyalty.currency c on c.id = t.currency_id and (%(currency)s::text is null or c.code = %(currency)s)
join loyalty.account a on a.member_id = m.id and a.currency_id = c.id and a.kind = 'active'
left join orders.fact_order o on o.order_id = t.order_id
left join lateral (
    -- A gift makes as many lots as it came out of.
    select min(x.id) as id, min(x.expires_at) as expires_at, min(x.active_from) as active_from, count(*) as made
    from loyalty.lot x where x.transfer_id = t.id and x.moved_by is null having count(*) > 0
) l on true
left join loyalty.transfer r on r.id = t.reverses
left join lateral (
    select sum(coalesce(x.claimed, case
        when l.id is not null and t.kind in ('earn', 'adjust') then t.amount else x.amount end)) as back
    from only loyalty.transfer x where x.reverses = t.id
) u on true
left join loyalty.hold h on h.member_id = m.id and h.transfer_id = t.id
left join lateral (
    select max(x.until) as until from loyalty.closing x
    where x.programme_id = t.programme_id and t.occurred_at < x.until and x.turn < t.id
) k on true
left join only loyalty.transfer n on n.id = t.counterpart
left join loyalty.member w on w.id = n.member_id
left join lateral (
    -- Out of the lots the profile's points stood in where they left: what was taken and not given back.
    select -sum(v.amount) as used
    from loyalty.lot h
    join loyalty.lot_move v on v.lot_id = h.id
    join loyalty.transfer x on x.id = v.transfer_id and x.kind not in ('merge', 'split') and x.id < t.id
    where t.kind = 'split' and h.member_id = case when t.id < n.id then m.id else n.member_id end
        and h.currency_id = c.id and h.customer_id in (
            select y.customer_id from loyalty.lot_move y
            where y.transfer_id = least(t.id, n.id)
        )
) g on true
cross join lateral (
    select sum(x.amount) filter (where y.kind = 'active') as active,
        sum(x.amount) filter (where y.kind = 'pending') as pending,
        sum(x.amount) filter (where y.kind = 'debt') as debt
    from loyalty.entry x join loyalty.account y on y.id = x.account_id
    where x.transfer_id = t.id and y.member_id = m.id
) e
left join lateral (
    select x.balance_after from loyalty.member_entry x
    where x.account_id = a.id and x.booked_at <= t.booked_at and x.transfer_id <= t.id
    order by x.booked_at desc, x.id desc limit 1
) b on true
cross join lateral (
    select array_agg(x.lot_id order by x.id) as lots, array_agg(x.amount order by x.id) as amounts
    from loyalty.lot_move x where x.transfer_id = t.id
) v
where m.programme_id = %(programme_id)s and m.customer_id = %(customer_id)s
    and (%(before)s::bigint is null or t.id < %(before)s)
order by t.id desc limit %(limit)s

-- name: as_booked
-- The numbers as booked up to an instant: the last entry of each account before it.
select
    coalesce(sum(e.balance_after) filter (where a.kind = 'active'), 0)::bigint as active,
    coalesce(sum(e.balance_after) filter (where a.kind = 'pending'), 0)::bigint as pending,
    coalesce(-sum(e.balance_after) filter (where a.kind = 'debt'), 0)::bigint as owed,
    min(s.spent)::bigint as spent, min(s.expired)::bigint as expired, coalesce(min(h.held), 0)::bigint as held
from loyalty.member m
join loyalty.currency c on c.programme_id = m.programme_id and c.code = %(currency)s
join loyalty.account a on a.member_id = m.id and a.currency_id = c.id
left join lateral (
    select e.balance_after from loyalty.member_entry e
    where e.account_id = a.id and e.booked_at <= %(at)s order by e.booked_at desc, e.id desc limit 1
) e on true
cross join lateral (
    select
        coalesce(sum(case when t.kind = 'spend' then t.amount when o.kind = 'spend' then -t.amount end), 0) as spent,
        coalesce(sum(case t.kind when 'expire' then t.amount when 'reinstate' then -t.amount end), 0) as expired
    from loyalty.transfer t
    left join loyalty.transfer o on o.id = t.reverses
    where t.member_id = m.id and t.currency_id = c.id and t.kind in ('spend', 'expire', 'reinstate', 'reversal')
        and t.booked_at <= %(at)s
) s
cross join lateral (
    -- A hold goes along with a merge and a split; it counts where it was then.
    select sum(h.amount) as held
    from (
        select h.id from loyalty.hold h where h.member_id = m.id
        union
        select v.hold_id from loyalty.hold_move v where v.member_before = m.id
    ) known
    join loyalty.hold h on h.id = known.id
    where h.currency_id = c.id and h.placed_at <= %(at)s and h.expires_at > %(at)s
        and (h.resolved_at is null or h.resolved_at > %(at)s)
        and m.id = coalesce((
            select v.member_before from loyalty.hold_move v
            where v.hold_id = h.id and v.moved_at > %(at)s order by v.id limit 1
        ), h.member_id)
) h
where m.programme_id = %(programme_id)s and m.customer_id = %(customer_id)s

-- name: as_occurred
-- The numbers by everything booked until now that had occurred by an instant.
select
    s.active::bigint as active, s.pending::bigint as pending, s.owed::bigint as owed, s.spent::bigint as spent,
    s.expired::bigint as expired, coalesce(h.held, 0)::bigint as held
from loyalty.member m
join loyalty.currency c on c.programme_id = m.programme_id and c.code = %(currency)s
cross join lateral (
    select
        coalesce(sum(e.active), 0) as active, coalesce(sum(e.pending), 0) as pending, coalesce(-sum(e.debt), 0) as owed,
        coalesce(sum(case when t.kind = 'spend' then t.amount when o.kind = 'spend' then -t.amount end), 0) as spent,
        coalesce(sum(case t.kind when 'expire' then t.amount when 'reinstate' then -t.amount end), 0) as expired
    from loyalty.transfer t
    left join loyalty.transfer o on o.id = t.reverses
    cross join lateral (
        select sum(x.amount) filter (where a.kind = 'active') as active,
            sum(x.amount) filter (where a.kind = 'pending') as pending,
            sum(x.amount) filter (where a.kind = 'debt') as debt
        from loyalty.entry x
        join loyalty.account a on a.id = x.account_id and a.member_id = m.id
        where x.transfer_id = t.id
    ) e
    where t.member_id = m.id and t.currency_id = c.id and t.occurred_at <= %(at)s
) s
cross join lateral (
    -- A hold goes along with a merge and a split; it counts where it was then.
    select sum(h.amount) as held
    from (
        select h.id from loyalty.hold h where h.member_id = m.id
        union
        select v.hold_id from loyalty.hold_move v where v.member_before = m.id
    ) known
    join loyalty.hold h on h.id = known.id
    where h.currency_id = c.id and h.placed_at <= %(at)s and h.expires_at > %(at)s
        and (h.resolved_at is null or h.resolved_at > %(at)s)
        and m.id = coalesce((
            select v.member_before from loyalty.hold_move v
            where v.hold_id = h.id and v.moved_at > %(at)s order by v.id limit 1
        ), h.member_id)
) h
where m.programme_id = %(programme_id)s and m.customer_id = %(customer_id)s

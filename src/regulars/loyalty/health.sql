-- name: active_members
-- Members who earned or spent since an instant.
select count(*) from loyalty.member m
where m.programme_id = %(programme_id)s and m.booked_at >= %(since)s and exists (
    select from loyalty.transfer t
    where t.member_id = m.id and t.kind in ('earn', 'spend') and t.occurred_at >= %(since)s)

-- name: redeeming_members
-- Members who ever spent and did not take it back.
select count(distinct t.member_id) from loyalty.transfer t
left join loyalty.transfer r on r.reverses = t.id
where t.programme_id = %(programme_id)s and t.kind = 'spend' and r.id is null

-- name: tier_moves
-- How many went from one tier to another since an instant.
select tier_before, tier_after, count(*) as members from loyalty.tier_change
where programme_id = %(programme_id)s and tier_set = %(tier_set)s and occurred_at >= %(since)s
group by tier_before, tier_after order by tier_before, tier_after

-- name: vintages
-- Points by the local month they were earned in: what is past its validity by now, and how much of it expired.
select v.month, v.issued, v.ended, v.expired
from (
    select date_trunc('month', l.earned_at at time zone %(zone)s)::date as month, sum(l.amount)::bigint as issued,
        coalesce(sum(l.amount) filter (where l.expires_at <= %(at)s), 0)::bigint as ended,
        coalesce(sum(e.amount), 0)::bigint as expired
    from loyalty.lot l
    join loyalty.currency c on c.id = l.currency_id and c.code = %(currency)s
    left join (
        select m.lot_id, -sum(m.amount) as amount
        from loyalty.lot_move m join loyalty.transfer t on t.id = m.transfer_id and t.kind = 'expire'
        group by m.lot_id
    ) e on e.lot_id = l.id
    where l.programme_id = %(programme_id)s
    group by 1
) v
where v.ended > 0 order by v.month

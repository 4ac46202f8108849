-- name: active_members
-- Members who earned or spent since an instant.
select count(distinct coalesce(m.merged_into, m.id)) from loyalty.member m
where m.programme_id = %(programme_id)s and m.booked_at >= %(since)s and exists (
    select from loyalty.transfer t
    where t.member_id = m.id and t.kind in ('earn', 'spend') and t.occurred_at >= %(since)s)

-- name: redeeming_members
-- Members who ever spent and did not take it back.
select count(distinct coalesce(m.merged_into, m.id)) from loyalty.transfer t
join loyalty.member m on m.id = t.member_id
left join only loyalty.transfer r on r.reverses = t.id
where t.programme_id = %(programme_id)s and t.kind = 'spend' and r.id is null

-- name: tier_moves
-- How many went from one tier to another since an instant; what a merged profile brought is no move.
select tier_before, tier_after, count(*) as members from loyalty.tier_change
where programme_id = %(programme_id)s and tier_set = %(tier_set)s and occurred_at >= %(since)s
    and reason not in ('merge', 'split')
group by tier_before, tier_after order by tier_before, tier_after

-- name: past_validity
-- Points of lots that are past their validity by now, and what of them expired unspent.
select
    (select coalesce(sum(l.amount), 0) from loyalty.lot l
        where l.programme_id = %(programme_id)s and l.currency_id = c.id and l.expires_at <= %(at)s
            and l.moved_by is null
    )::bigint as ended,
    (select coalesce(sum(t.amount), 0) from only loyalty.transfer t
        where t.programme_id = %(programme_id)s and t.currency_id = c.id and t.kind = 'expire'
            and t.occurred_at <= %(at)s
    )::bigint as expired
from loyalty.currency c where c.programme_id = %(programme_id)s and c.code = %(currency)s

-- name: programmes
select p.id as programme_id, p.key, v.version, v.live_from, v.live_until, v.body
from loyalty.programme p
cross join lateral (
    select * from loyalty.programme_version v where v.programme_id = p.id order by v.version desc limit 1
) v order by p.id

-- name: move_due
select transfers, points from loyalty.move_due(%(programme_id)s, %(kind)s, %(at)s)

-- name: earliest_review
-- When the first tier that may be lowered runs out.
select min(valid_until) from loyalty.member_tier
where programme_id = %(programme_id)s and tier_set = %(tier_set)s and tier > 1 and not closed

-- name: review_tiers
select reviewed, lowered from loyalty.currency c
cross join lateral loyalty.review_tiers(
    c.programme_id, c.id, %(tier_set)s, %(thresholds)s::bigint[], make_interval(hours => 24 * %(window_days)s),
    %(policy)s, %(cutoff)s, %(valid_until)s, %(at)s)
where c.programme_id = %(programme_id)s and c.code = %(currency)s

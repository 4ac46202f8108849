-- name: tally
-- How many members would go from which tier to which if the figures of this instant decided.
select j.tier as before, j.tier_after as after, count(*)::int as members
from loyalty.tier_set s cross join lateral loyalty.judge(s, null, %(at)s) j
where s.programme_id = %(programme_id)s and s.key = %(tier_set)s and not s.retired and j.tier_after <> j.tier
group by j.tier, j.tier_after order by j.tier, j.tier_after

-- name: who
-- Those who would change, the lowered first, after one.
select j.member_id, j.person_id as customer_id, j.tier as before, j.tier_after as after, j.counted
from loyalty.tier_set s cross join lateral loyalty.judge(s, null, %(at)s) j
where s.programme_id = %(programme_id)s and s.key = %(tier_set)s and not s.retired and j.tier_after <> j.tier
order by j.tier_after > j.tier, j.tier desc, j.member_id limit %(limit)s

-- name: names
select names from loyalty.tier_set
where programme_id = %(programme_id)s and key = %(tier_set)s and not retired and counts <> 'invitation'

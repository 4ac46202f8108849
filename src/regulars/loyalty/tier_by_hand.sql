-- name: placed
-- Where a member stands in a set, locked.
select mt.member_id, m.customer_id, mt.tier, mt.valid_until, mt.kept_tier, s.names, s.counts
from loyalty.member m
join loyalty.tier_set s on s.programme_id = m.programme_id and s.key = %(tier_set)s and not s.retired
join loyalty.member_tier mt on mt.member_id = m.id and mt.tier_set = s.key
where m.programme_id = %(programme_id)s and m.closed_at is null and m.customer_id = coalesce(
    (select p.person_id from customers.fact_person p where p.customer_id = %(customer_id)s), %(customer_id)s)
for update of m

-- name: place
-- Puts a member on a tier from now on: until an instant, for good (reviews never go below), or as long as the set says.
update loyalty.member_tier mt set tier = %(tier)s, since = %(at)s, kept_tier = %(kept_tier)s,
    valid_until = case
        when %(tier)s = 1 then null
        when %(until)s::timestamptz is not null then %(until)s
        when s.counts = 'invitation' then null
        else loyalty.safe_until(s, case
            when s.span = 'tier' then (%(at)s::timestamptz at time zone s.zone)::date
            else loyalty.span_anchor(s, m.customer_id, m.joined_at, mt.since) end, %(at)s, s.span = 'tier') end,
    next_tier = null, next_from = null, own_tier = null, own_since = null, own_valid_until = null, own_kept_tier = null
from loyalty.tier_set s, loyalty.member m
where mt.member_id = %(member_id)s and mt.tier_set = %(tier_set)s and m.id = mt.member_id
    and s.programme_id = mt.programme_id and s.key = mt.tier_set

-- name: note
-- Notes and tells a change of tier by hand.
with changed as (
    insert into loyalty.tier_change (programme_id, member_id, customer_id, tier_set, tier_before, tier_after, collected,
        reason, occurred_at, booked_at)
    values (%(programme_id)s, %(member_id)s, %(customer_id)s, %(tier_set)s, %(before)s, %(tier)s, 0, 'hand', %(at)s,
        %(at)s)
    returning id
)
select loyalty.tell_tier(%(programme_id)s, %(tier_set)s, %(customer_id)s, %(before)s, %(tier)s, %(at)s, c.id)
from changed c

-- name: figure
-- The tier that the figures of an instant alone say.
select width_bucket(j.counted, s.thresholds)
from loyalty.tier_set s
cross join lateral loyalty.judge(s, array[%(member_id)s::bigint], %(at)s) j
where s.programme_id = %(programme_id)s and s.key = %(tier_set)s

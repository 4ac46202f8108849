-- name: roster
-- A page of members, the newest first, with tier and points.
select m.id as member_id, m.customer_id, m.joined_at, m.booked_at as last_posted_at, mt.tier as tier_number,
    act.balance as active
from loyalty.member m
join loyalty.currency c on c.programme_id = m.programme_id and c.code = %(currency)s
join loyalty.account act on act.member_id = m.id and act.currency_id = c.id and act.kind = 'active'
left join loyalty.member_tier mt on mt.member_id = m.id and mt.tier_set = %(tier_set)s
where m.programme_id = %(programme_id)s and m.closed_at is null
    and (%(before)s::bigint is null or m.id < %(before)s)
    and (%(ids)s::bigint[] is null or m.customer_id = any (%(ids)s))
    and (%(tier)s::int is null or mt.tier = %(tier)s)
order by m.id desc limit %(limit)s

-- name: places
-- Where a member stands in each tier set, with the figure as of an instant and the last change.
select s.key, s.turn, mt.tier, mt.since, mt.valid_until, mt.kept_tier is not null as kept, mt.next_tier, mt.next_from,
    m.joined_at, loyalty.tier_figure(s, m.id, m.customer_id, m.joined_at, a.after, %(at)s) as counted, a.after,
    c.tier_before, c.tier_after, c.collected, c.reason, c.occurred_at
from loyalty.member m
join loyalty.tier_set s on s.programme_id = m.programme_id and not s.retired
join loyalty.member_tier mt on mt.member_id = m.id and mt.tier_set = s.key
cross join lateral (
    select loyalty.counted_after(
        s, loyalty.span_anchor(s, m.customer_id, m.joined_at, mt.since), %(at)s) as after
) a
left join lateral (
    select * from loyalty.tier_change x
    where x.member_id = m.id and x.tier_set = s.key order by x.occurred_at desc, x.id desc limit 1
) c on true
where m.id = %(member_id)s order by s.turn, s.key

-- name: cost
-- What the rewards of a programme cost that were redeemed in a span and neither given back nor lapsed, in the money in which
-- most is known, with the points redeemed for them.
select sum(cost_minor)::bigint as minor, cost_currency as money, sum(points)::bigint as points
from rewards.redemption
where programme = %(programme)s and redeemed_at >= %(start)s and redeemed_at < %(stop)s
    and state not in ('held', 'cancelled', 'lapsed') and cost_minor is not null
group by cost_currency order by count(*) desc, cost_currency limit 1

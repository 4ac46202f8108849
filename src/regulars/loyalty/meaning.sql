-- name: tiers
-- The tier of each set that a member held when something occurred; who is no member holds none.
select item.place, tier.tier_set, loyalty.tier_at(member.id, tier.tier_set, item.occurred_at) as tier
from unnest(%(places)s::int[], %(customers)s::bigint[], %(occurred)s::timestamptz[]) as item (
    place, customer_id, occurred_at
)
inner join loyalty.member
    on
        member.programme_id = %(programme_id)s and member.customer_id = item.customer_id
        and member.closed_at is null
cross join unnest(%(tier_sets)s::text[]) as tier (tier_set)

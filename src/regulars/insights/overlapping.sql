-- name: together
-- How many people are in exactly which of some segments now, as the bits of a number; the most first.
with asked as (
    select key, (1::bigint << (place - 1)::integer) as bit
    from unnest(%(keys)s::text[]) with ordinality as listed (key, place)
),

person as (
    select membership.customer_id, bit_or(asked.bit) as mask
    from segments.fact_membership as membership
    inner join asked on asked.key = membership.segment_key
    where membership.left_at is null
    group by membership.customer_id
)

select mask, count(*)::integer as people from person group by mask order by people desc, mask

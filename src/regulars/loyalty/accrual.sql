-- name: instants_of_span
-- The instants at which the orders of a span occurred, each once; history earns nothing.
select distinct occurred_at from orders.fact_order
where position > %(after)s and position <= %(to)s and customer_id is not null and not history

-- name: versions
-- Every version that was ever in force, the oldest first.
select p.id as programme_id, p.key, v.version, v.live_from, v.live_until, v.body
from loyalty.programme p join loyalty.programme_version v on v.programme_id = p.id
order by p.id, v.version

-- name: waves
-- The orders of a span in waves: the first of each customer, then the second of each, and so on.
select array_agg(w.order_id) from (
    select order_id, row_number() over (partition by customer_id order by position) as wave
    from orders.fact_order
    where position > %(after)s and position <= %(to)s and customer_id is not null and not history
) w group by w.wave order by w.wave

-- name: lock_span
-- Locks the members behind a span in order, so that their tiers stand still while it is priced.
select m.id from loyalty.member m
where m.programme_id = %(programme_id)s and m.customer_id in (
    select customer_id from orders.fact_order where position > %(after)s and position <= %(to)s and not history)
order by m.id for update

-- name: accrue
-- Prices and posts the orders of a span by one rule of one version; an order that earned by it is passed over.
select a.orders, a.points, a.joined, a.climbed
from loyalty.currency c
cross join lateral (
    select array_agg(p.* order by p.position) as priced from loyalty.price_span(
        c.programme_id, %(rule)s, %(after)s, %(to)s, %(live_from)s, %(live_until)s::timestamptz,
        %(money)s, %(points)s, %(per_minor)s, %(rounding)s, %(by_line)s, %(excluded)s::text[],
        %(tier_set)s, %(percents)s::bigint[], %(orders)s::bigint[],
        %(at)s::timestamptz[], %(active)s::timestamptz[], %(expires)s::timestamptz[], %(tier_until)s::timestamptz[]
    ) p
) s
cross join lateral loyalty.accrue(
    c.programme_id, c.id, %(rule)s, %(version)s, %(terms)s, %(tier_set)s, %(thresholds)s::bigint[],
    make_interval(hours => 24 * %(window_days)s), s.priced
) a
where c.programme_id = %(programme_id)s and c.code = %(currency)s and s.priced is not null

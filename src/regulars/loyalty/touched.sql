-- name: versions
-- Every version that was ever in force, the oldest first.
select
    programme.id as programme_id, programme.key, version.version, version.live_from, version.live_until, version.body,
    version.only_stores, version.only_percent, programme.closing_at
from loyalty.programme
inner join loyalty.programme_version as version on version.programme_id = programme.id
order by programme.id, version.version

-- name: pauses
select programme_id, paused_at, resumed_at from loyalty.pause

-- name: touched
-- The orders that a span of the log says something of, as they stand now, by where it does so first. History earns
-- nothing.
with reported as (
    select
        event.position, event.booked_at, event.name in ('Order Completed', 'Order Updated') as told,
        trim(event.properties ->> 'order_id') as order_key
    from log.fact_event as event
    where
        event.position > %(after)s and event.position <= %(to)s and event.type = 'track'
        and event.name in ('Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled')
        -- What is the first of an order is found by its position, without unpacking it.
        and not exists (
            select from orders.fact_order as first where first.position = event.position
        )
),

touched as (
    select order_id, position as turn, booked_at, true as told
    from orders.fact_order
    where position > %(after)s and position <= %(to)s
    union all
    select fact_order.order_id, reported.position, reported.booked_at, reported.told
    from reported
    inner join orders.fact_order using (order_key)
),

turned as (
    select order_id, min(turn) as turn, min(booked_at) as booked_at, bool_or(told) as told
    from touched
    group by order_id
)

select
    standing.order_id, standing.customer_id, standing.atom_id, standing.position, turned.turn, standing.occurred_at,
    greatest(turned.booked_at, standing.booked_at) as booked_at, standing.currency, standing.store, standing.source,
    standing.total_minor, standing.line_count, turned.told,
    standing.refunded_minor <> 0 or standing.status in ('refunded', 'cancelled') as came_back,
    standing.status = 'cancelled' as cancelled,
    earlier.earned is not null as earned
from turned
inner join orders.fact_order as standing using (order_id)
left join lateral (
    select true as earned from only loyalty.transfer
    where transfer.order_id = standing.order_id and transfer.kind = 'earn'
    limit 1
) as earlier on true
where standing.customer_id is not null and not standing.history
order by turned.turn

-- name: lock_span
-- Locks the members behind a span in order, so that their tiers stand still while it is priced.
select member.id from loyalty.member
where member.programme_id = %(programme_id)s and member.customer_id = any(%(customers)s::bigint[])
order by member.id for update

-- name: members
-- Who of these is a member since when.
select member.customer_id, member.joined_at from loyalty.member
where
    member.programme_id = %(programme_id)s and member.customer_id = any(%(customers)s::bigint[])
    and member.closed_at is null

-- name: most
-- No more than these figures can count of some orders: money, units in thousandths, lines.
select
    coalesce(sum(greatest(line.total_minor, 0)), 0)::bigint as money,
    coalesce(sum(greatest(coalesce(line.quantity, 1), 0) * 1000 + 1), 0)::bigint as quantity, count(*) as lines
from orders.fact_line as line
where line.order_id = any(%(orders)s::bigint[])

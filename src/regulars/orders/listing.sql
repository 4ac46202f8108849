-- name: find_order
select order_id from orders.purchase where order_key = %(order_key)s

-- name: best_standing
-- How well the reports of an order say who bought: 0 names a known user.
select min(standing) from orders.report where order_key = %(order_key)s and kind in ('completed', 'updated')

-- name: list_orders
-- The latest first.
select
    order_id, order_key, customer_id, position, revision, occurred_at, booked_at, store, currency, total_minor,
    discount_minor, line_count, status, refunded_minor, net_minor, subtotal_minor, shipping_minor, tax_minor, coupon,
    history, source, cancelled_at
from orders.fact_order
where
    (%(order_key)s::text is null or order_key = %(order_key)s)
    and (%(status)s::text is null or status = %(status)s)
    and (%(source)s::text is null or source = %(source)s)
    and (%(store)s::text is null or store = %(store)s)
    and (%(since)s::timestamptz is null or occurred_at >= %(since)s)
    and (%(before)s::timestamptz is null or occurred_at < %(before)s)
    and (%(at)s::timestamptz is null or (occurred_at, order_id) < (%(at)s, %(order_id)s::bigint))
order by occurred_at desc, order_id desc
limit %(limit)s

-- name: sightings
-- Every event that says something of an order, in the order of arrival.
select
    report.position, report.kind, report.source, report.revision, report.occurred_at, report.booked_at,
    report.currency,
    coalesce(
        report.total_minor,
        (
            select refund.told_minor from orders.refund
            where refund.order_id = purchase.order_id and refund.position = report.position
        )
    ) as total_minor,
    report.line_count, report.refund_key, report.history,
    report.position = purchase.revised_position as stands,
    coalesce(report.position = purchase.lines_position, false) as gives_lines
from orders.purchase
inner join orders.report using (order_key)
where purchase.order_id = %(order_id)s
order by report.position
limit 200

-- name: refunds
select refund_key, position, source, occurred_at, told_minor, refunded_minor, is_full, reason
from orders.refund
where order_id = %(order_id)s
order by occurred_at, refund_key

-- name: findings
select position, code, minor, note from orders.finding where order_id = %(order_id)s order by position, code

-- name: refund_findings
-- The latest findings of all orders.
select
    purchase.order_id, purchase.order_key, purchase.currency, finding.position, finding.code, finding.minor,
    finding.note
from orders.finding
inner join orders.purchase using (order_id)
order by finding.position desc
limit %(limit)s

-- name: waiting
-- Refunds and cancellations whose order nobody has reported.
select report.order_key, report.position, report.kind, report.source, report.occurred_at
from orders.report
where
    report.kind in ('refunded', 'cancelled')
    and not exists (select from orders.purchase where purchase.order_key = report.order_key)
order by report.occurred_at desc, report.position desc
limit %(limit)s

-- name: sources
-- Who reports orders.
with recursive told as (
    (select source from orders.report order by source limit 1)
    union all
    select (select report.source from orders.report where report.source > told.source order by report.source limit 1)
    from told
    where told.source is not null
)

select source from told where source is not null

-- name: order_figures
-- The orders of a span: how many stand where, and what they came to in their most frequent currency.
select
    currency, count(*) as orders,
    count(*) filter (where status in ('part_refunded', 'refunded')) as refunded,
    count(*) filter (where status = 'cancelled') as cancelled,
    coalesce(sum(net_minor), 0)::bigint as net_minor,
    coalesce(sum(refunded_minor), 0)::bigint as refunded_minor
from orders.fact_order
where occurred_at >= %(since)s
group by currency
order by count(*) desc, currency
limit 1

-- name: last_orders
-- The last order of each of some customers that was not cancelled.
select
    person.id as customer_id, last.order_id, last.order_key, last.occurred_at, last.store, last.currency,
    last.total_minor
from unnest(%(customer_ids)s::bigint[]) as person (id)
cross join lateral (
    select order_id, order_key, occurred_at, store, currency, total_minor
    from orders.purchase
    where customer_id = person.id and status <> 'cancelled'
    order by occurred_at desc, order_id desc
    limit 1
) as last

-- name: lines_for_messages
select
    line.order_id, product.product_key, product.name, product.brand, product.category, product.image_url, product.url,
    product.price_minor, product.currency, line.variant, line.quantity, line.total_minor
from orders.line
inner join orders.product using (product_id)
where line.order_id = any(%(order_ids)s) and line.line <= %(most)s
order by line.order_id, line.line

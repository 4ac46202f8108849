-- name: get
select
    order_id, order_key, customer_id, position, revision, occurred_at, booked_at, store, currency, total_minor,
    discount_minor, line_count, status, refunded_minor, net_minor, subtotal_minor, shipping_minor, tax_minor, coupon,
    history, source, cancelled_at
from orders.fact_order
where order_id = %(order_id)s

-- name: orders_of
-- One customer's orders, the latest first.
select
    order_id, order_key, customer_id, position, revision, occurred_at, booked_at, store, currency, total_minor,
    discount_minor, line_count, status, refunded_minor, net_minor, subtotal_minor, shipping_minor, tax_minor, coupon,
    history, source, cancelled_at
from orders.fact_order
where
    customer_id = %(customer_id)s
    and (%(at)s::timestamptz is null or (occurred_at, order_id) < (%(at)s, %(order_id)s::bigint))
order by occurred_at desc, order_id desc
limit %(limit)s

-- name: order_lines
-- The lines of one order, in their order.
select
    line.line, coalesce(line.line_key, line.line::text) as line_key, product.product_id, product.product_key,
    product.name as product_name, line.variant, line.quantity, line.total_minor, line.discount_minor,
    coalesce(line.refunded_minor, 0) as refunded_minor, line.refunded_quantity
from orders.line
inner join orders.product using (product_id)
where line.order_id = %(order_id)s
order by line.line

-- name: totals
-- Orders that occurred in [start, end), by currency; a cancelled order is none, sums are less what was given back.
select
    currency,
    count(*) as orders,
    count(distinct customer_id) as customers,
    coalesce(sum(line_count), 0)::bigint as lines,
    coalesce(sum(total_minor - refunded_minor), 0)::bigint as total_minor,
    coalesce(sum(discount_minor), 0)::bigint as discount_minor
from orders.purchase
where occurred_at >= %(start)s and occurred_at < %(end)s and status <> 'cancelled'
group by currency
order by currency

-- name: sales_by_span
-- Orders between each two following bounds, half-open, every span and currency that has any.
select
    width_bucket(occurred_at, %(bounds)s::timestamptz[]) - 1 as span,
    currency,
    count(*) as orders,
    count(distinct customer_id) as customers,
    sum(total_minor - refunded_minor)::bigint as total_minor
from orders.purchase
where occurred_at >= %(start)s and occurred_at < %(end)s and status <> 'cancelled'
group by 1, 2
order by 1, 2

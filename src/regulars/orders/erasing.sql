-- name: erase_report_keys
-- An order's own number stays, for the books need it; one that names the person becomes another.
update orders.report
set order_key = 'erased:' || purchase.order_id
from orders.purchase
where
    purchase.order_key = report.order_key and purchase.customer_id = any(%(atoms)s::bigint[])
    and purchase.order_key ~* %(pattern)s

-- name: erase_reports
-- Words that came with an order.
update orders.report
set
    reason = null, coupon = case when report.coupon ~* %(pattern)s then null else report.coupon end,
    refund_key = case when refund_key ~* %(pattern)s then 'erased:' || report.position else refund_key end
from orders.purchase
where
    purchase.order_key = report.order_key and purchase.customer_id = any(%(atoms)s::bigint[])
    and (reason is not null or report.coupon ~* %(pattern)s or refund_key ~* %(pattern)s)

-- name: erase_refunds
update orders.refund
set reason = null, refund_key = case when refund_key ~* %(pattern)s then 'erased:' || refund.position else refund_key end
from orders.purchase
where
    purchase.order_id = refund.order_id and purchase.customer_id = any(%(atoms)s::bigint[])
    and (reason is not null or refund_key ~* %(pattern)s)

-- name: erase_findings
update orders.finding
set note = null
from orders.purchase
where purchase.order_id = finding.order_id and purchase.customer_id = any(%(atoms)s::bigint[]) and note is not null

-- name: erase_orders
update orders.purchase
set
    order_key = case when order_key ~* %(pattern)s then 'erased:' || order_id else order_key end,
    coupon = case when coupon ~* %(pattern)s then null else coupon end
where
    customer_id = any(%(atoms)s::bigint[]) and (order_key ~* %(pattern)s or coupon ~* %(pattern)s)

-- name: count
select count(*) from orders.purchase where customer_id = any(%(atoms)s::bigint[])

-- name: held
select
    order_key, occurred_at, status, store, currency, total_minor, discount_minor, shipping_minor, tax_minor,
    refunded_minor, coupon, source, cancelled_at
from orders.purchase
where customer_id = any(%(atoms)s::bigint[])
order by occurred_at, order_id

-- name: held_lines
select
    purchase.order_key, line.line, product.product_key, product.name as product, line.quantity, line.total_minor,
    line.discount_minor, line.refunded_minor, purchase.currency
from orders.purchase
inner join orders.line using (order_id)
inner join orders.product using (product_id)
where purchase.customer_id = any(%(atoms)s::bigint[])
order by purchase.occurred_at, line.order_id, line.line

-- name: held_refunds
select order_key, refund_key, occurred_at, refunded_minor, currency
from orders.fact_refund
where customer_id = any(%(atoms)s::bigint[])
order by occurred_at, refund_key

-- Why: whoever asks an order's lines without their product or their order need not look either of them up. Each line
-- has one of both, so outer joins give the same rows, and the planner leaves out those of which nothing is asked: for
-- the 500 orders of a day it read the whole catalogue before.
-- On 10M rows: instant, a view.
-- Undo: make the view anew with inner joins (0022_orders_lifecycle.sql).

create or replace view orders.fact_line as
select
    line.order_id, line.line, line.customer_id, line.product_id, product.product_key, line.quantity,
    line.total_minor, line.discount_minor, purchase.currency, purchase.position, purchase.occurred_at,
    purchase.booked_at,
    coalesce(line.line_key, line.line::text) as line_key, line.variant,
    coalesce(line.refunded_minor, 0) as refunded_minor, line.refunded_quantity, purchase.status, purchase.history,
    case when purchase.status = 'cancelled' then 0 else line.total_minor - coalesce(line.refunded_minor, 0) end
        as net_minor
from orders.line
left join orders.purchase using (order_id)
left join orders.product using (product_id);

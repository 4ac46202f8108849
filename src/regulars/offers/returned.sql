-- name: uses_returned
-- Uses for orders of which a range of the log tells that nothing of them is left; the order of codes is that of all
-- who use several.
select u.id
from (
    select distinct e.properties ->> 'order_id' as order_key from log.fact_event e
    where e.position > %(after)s and e.position <= %(to)s and e.type = 'track'
        and e.name in ('Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled') and not e.history
) t
join orders.fact_order o on o.order_key = t.order_key and o.status in ('refunded', 'cancelled')
join offers.use u on u.order_key = t.order_key and u.cancelled_at is null
order by u.code_id, u.id

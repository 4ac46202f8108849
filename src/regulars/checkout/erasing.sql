-- name: sessions
select programme, state, cart, opened_at, closed_at, order_key, held from checkout.session
where customer_id = any(%(atoms)s::bigint[])
order by session_id

-- name: orders
select order_key, fields -> 'cart' as cart, told_at from checkout.told_order
where customer_id = any(%(atoms)s::bigint[])
order by order_key

-- name: erase_refunds
delete from checkout.told_refund
where order_key in (
    select order_key from checkout.told_order
    where customer_id = any(%(atoms)s::bigint[])
    union
    select order_key from checkout.session
    where customer_id = any(%(atoms)s::bigint[])
)

-- name: erase_orders
delete from checkout.told_order
where customer_id = any(%(atoms)s::bigint[])

-- name: erase_sessions
delete from checkout.session
where customer_id = any(%(atoms)s::bigint[])

-- name: known_orders
select order_key from orders.fact_order where order_key = any(%(keys)s::text[])

-- name: known_products
select product_key from orders.fact_product where product_key = any(%(keys)s::text[])

-- name: known_stores
select store_key from orders.fact_store where store_key = any(%(keys)s::text[])

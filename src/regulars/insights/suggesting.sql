-- name: last_customer
-- The largest number a profile has.
select coalesce((select customer_id from customers.fact_person order by customer_id desc limit 1), 0)

-- name: some_traits
-- What is known of some people.
select traits from customers.fact_customer where customer_id = any(%(drawn)s)

-- name: some_events
-- The properties of the latest events of a name, and of those that discovery keeps as examples.
with latest as (
    select position
    from log.fact_event
    where
        position > (select coalesce(max(position), 0) from log.fact_event) - %(within)s
        and name = %(name)s and type in ('track', 'page', 'screen') and source <> 'regulars'
    order by position desc
    limit %(sample)s
)

select properties
from log.fact_event
where
    position = any(array(select position from latest union select unnest(%(examples)s::bigint[])))
    and name = %(name)s and type in ('track', 'page', 'screen')
order by position desc

-- name: of_products
-- What the catalogue's products belong to, with how many products.
select
    case
        when grouping(category) = 0 then 'category'
        when grouping(department) = 0 then 'department'
        else 'brand'
    end as property,
    coalesce(category, department, brand) as value, count(*)::integer as count
from orders.fact_product
where active
group by grouping sets ((category), (department), (brand))
having coalesce(category, department, brand) is not null
order by count desc, value

-- name: stores
select store_key as value, coalesce(name, store_key) as title from orders.fact_store order by title, value limit %(most)s

-- name: latest_orders
-- Of the latest orders, what their columns hold.
select status, currency, store, coupon, source from orders.fact_order order by order_id desc limit %(sample)s

-- name: stage_orders
-- The orders a range of the log reports, one row an order: the greatest (revision, position) stands.
create temporary table order_staged as
with reported as (
    select
        event.position,
        event.customer_id,
        event.occurred_at,
        event.booked_at,
        coalesce(event.properties ->> 'order_id', '') as order_key,
        case
            when jsonb_typeof(event.properties -> 'revision') = 'number'
                then (event.properties -> 'revision')::numeric
            else 0
        end as revision,
        event.properties ->> 'store_id' as store,
        coalesce(event.properties ->> 'currency', '') as currency,
        event.properties -> 'total' as total,
        event.properties -> 'discount' as discount,
        event.properties -> 'products' as products
    from log.fact_event as event
    where
        event.position > %(after)s and event.position <= %(to)s
        and event.type = 'track' and event.name = 'Order Completed'
)

select distinct on (order_key)
    *,
    min(position) over (partition by order_key) as first_position,
    min(occurred_at) over (partition by order_key) as placed_at,
    min(booked_at) over (partition by order_key) as first_booked_at
from reported
order by order_key, revision desc, position desc

-- name: staged_currencies
select distinct currency from pg_temp.order_staged

-- name: bad_order
-- The first order of the range that cannot be booked, with the reason.
select staged.position, staged.order_key, reason.problem
from pg_temp.order_staged as staged
cross join lateral (
    select case
        when staged.order_key = '' then 'order_id is missing: give the order its id'
        when length(staged.order_key) > 200 then 'order_id is longer than 200 signs: shorten it'
        when staged.customer_id is null
            then 'the event names no customer: give it a userId or an anonymousId'
        when staged.currency !~ '^[A-Z]{3}$'
            then 'currency is not three capital letters such as USD: found ' || quote_literal(staged.currency)
        when staged.revision not between 0 and 1000000 or staged.revision <> trunc(staged.revision)
            then 'revision is not a whole number from 0 to 1000000'
        when coalesce(jsonb_typeof(staged.products), 'array') <> 'array'
            then 'products is not a list of lines'
        when
            coalesce(jsonb_array_length(staged.products), 0) = 0
            and coalesce(jsonb_typeof(staged.total), '') <> 'number'
            then 'there are no products and total is not a number: give one of them'
        when coalesce(jsonb_typeof(staged.discount), 'number') not in ('number', 'null')
            then 'discount is not a number'
        when
            jsonb_typeof(staged.total) = 'number' and abs((staged.total)::numeric) > 1e12
            or jsonb_typeof(staged.discount) = 'number' and abs((staged.discount)::numeric) > 1e12
            then 'an amount is beyond 1,000,000,000,000'
    end as problem
) as reason
where reason.problem is not null
order by staged.position
limit 1

-- name: stage_lines
-- The lines of the staged orders, amounts as minor units, each with what is wrong with it.
create temporary table line_staged as
with told as (
    select
        staged.position,
        staged.order_key,
        staged.factor,
        item.line::integer as line,
        coalesce(item.value ->> 'product_id', item.value ->> 'sku', '') as product_key,
        item.value -> 'total' as total,
        case when jsonb_typeof(item.value -> 'total') = 'number' then (item.value -> 'total')::numeric end
            as total_number,
        case when jsonb_typeof(item.value -> 'price') = 'number' then (item.value -> 'price')::numeric end
            as price,
        case when jsonb_typeof(item.value -> 'quantity') = 'number' then (item.value -> 'quantity')::numeric end
            as quantity,
        case coalesce(jsonb_typeof(item.value -> 'discount'), 'null')
            when 'number' then (item.value -> 'discount')::numeric
            when 'null' then 0
        end as discount
    from (
        select *, power(10::numeric, coalesce((%(digits)s::jsonb ->> currency)::integer, 2)) as factor
        from pg_temp.order_staged
        offset 0  -- Once an order, not once a line.
    ) as staged
    cross join jsonb_array_elements(staged.products) with ordinality as item (value, line)
),

priced as (
    select
        *,
        case when coalesce(jsonb_typeof(total), 'null') = 'null' then price * quantity else total_number end
            as amount
    from told
)

select
    position,
    order_key,
    line,
    product_key,
    (select product.product_id from orders.product where product.product_key = priced.product_key) as product_id,
    quantity,
    case
        when product_key = '' then 'product_id is missing'
        when length(product_key) > 200 then 'product_id is longer than 200 signs'
        when amount is null then 'total is not a number, and price and quantity do not stand in for it'
        when discount is null then 'discount is not a number'
        when abs(amount) > 1e12 or abs(discount) > 1e12 then 'an amount is beyond 1,000,000,000,000'
    end as problem,
    case when abs(amount) <= 1e12 then round(amount * factor)::bigint end as total_minor,
    case when abs(discount) <= 1e12 then round(discount * factor)::bigint end as discount_minor
from priced

-- name: bad_line
-- The first line that cannot be booked, with the reason.
select position, order_key, 'products[' || line - 1 || ']: ' || problem as problem
from pg_temp.line_staged
where problem is not null
order by position, line
limit 1

-- name: know_products
-- Make known the products that only an order line has named so far.
insert into orders.product (product_key)
select distinct product_key from pg_temp.line_staged where product_id is null
on conflict (product_key) do nothing

-- name: adopt_products
update pg_temp.line_staged
set product_id = product.product_id
from orders.product
where line_staged.product_id is null and line_staged.product_key = product.product_key

-- name: book_orders
-- Write the staged orders; an order known before is replaced only by a greater (revision, position).
-- Gives those it wrote, and whether their lines are to be replaced.
with line_sum as (
    select
        order_key, sum(total_minor)::bigint as total_minor, sum(discount_minor)::bigint as discount_minor,
        count(*)::integer as line_count
    from pg_temp.line_staged
    group by order_key
),

priced as (
    select
        staged.*,
        line_sum.total_minor,
        line_sum.discount_minor,
        coalesce(line_sum.line_count, 0) as line_count,
        power(10::numeric, coalesce((%(digits)s::jsonb ->> staged.currency)::integer, 2)) as factor
    from pg_temp.order_staged as staged
    left join line_sum using (order_key)
)

insert into orders.purchase as purchase (
    order_key, customer_id, position, revised_position, revision, occurred_at, booked_at, store, currency,
    total_minor, discount_minor, line_count
)
select
    order_key, customer_id, first_position, position, revision::integer, placed_at, first_booked_at, store,
    currency,
    coalesce(total_minor, round((total)::numeric * factor)::bigint),
    coalesce(
        discount_minor,
        case when jsonb_typeof(discount) = 'number' then round((discount)::numeric * factor)::bigint else 0 end
    ),
    line_count
from priced
order by customer_id, placed_at
on conflict (order_key) do update
set
    revised_position = excluded.revised_position,
    revision = excluded.revision,
    occurred_at = least(purchase.occurred_at, excluded.occurred_at),
    store = excluded.store,
    currency = excluded.currency,
    total_minor = excluded.total_minor,
    discount_minor = excluded.discount_minor,
    line_count = excluded.line_count
where (purchase.revision, purchase.revised_position) < (excluded.revision, excluded.revised_position)
returning purchase.order_id, purchase.position < purchase.revised_position as replaced

-- name: drop_lines
-- Take away the lines of orders whose later revision is being booked.
delete from orders.line where order_id = any(%(order_ids)s)

-- name: book_lines
-- Write the lines of the staged orders that stand, customer as booked on the order.
insert into orders.line (order_id, line, customer_id, product_id, quantity, total_minor, discount_minor)
select
    purchase.order_id, staged.line, purchase.customer_id, staged.product_id, staged.quantity,
    staged.total_minor, staged.discount_minor
from pg_temp.line_staged as staged
inner join orders.purchase
    on staged.order_key = purchase.order_key and staged.position = purchase.revised_position
where purchase.order_id = any(%(order_ids)s)
order by purchase.order_id, staged.line

-- name: add_totals
-- Add orders that were not known before to their customers' totals.
insert into orders.customer_total as total (customer_id, orders, first_at, last_at)
select customer_id, count(*), min(occurred_at), max(occurred_at)
from orders.purchase
where order_id = any(%(order_ids)s)
group by customer_id
on conflict (customer_id) do update
set
    orders = total.orders + excluded.orders,
    first_at = least(total.first_at, excluded.first_at),
    last_at = greatest(total.last_at, excluded.last_at)

-- name: recount_totals
-- Count anew the totals of the customers of some orders.
insert into orders.customer_total as total (customer_id, orders, first_at, last_at)
select customer_id, count(*), min(occurred_at), max(occurred_at)
from orders.purchase
where customer_id in (select customer_id from orders.purchase where order_id = any(%(order_ids)s))
group by customer_id
on conflict (customer_id) do update
set orders = excluded.orders, first_at = excluded.first_at, last_at = excluded.last_at

-- name: unstage_lines
drop table pg_temp.line_staged

-- name: unstage_orders
drop table pg_temp.order_staged

-- name: stage_products
create temporary table product_staged (
    product_key text collate "C", name text, category text, department text, brand text
)

-- name: put_products
-- The last of a key wins; what a field leaves out stays as it was.
insert into orders.product as product (product_key, name, category, department, brand)
select distinct on (product_key) product_key, name, category, department, brand
from pg_temp.product_staged
order by product_key, ctid desc
on conflict (product_key) do update
set
    name = coalesce(excluded.name, product.name),
    category = coalesce(excluded.category, product.category),
    department = coalesce(excluded.department, product.department),
    brand = coalesce(excluded.brand, product.brand)

-- name: unstage_products
drop table pg_temp.product_staged

-- name: get
select
    order_id, order_key, customer_id, position, revision, occurred_at, booked_at, store, currency, total_minor,
    discount_minor, line_count
from orders.purchase
where order_id = %(order_id)s

-- name: orders_of
-- One customer's orders, the latest first.
select
    order_id, order_key, customer_id, position, revision, occurred_at, booked_at, store, currency, total_minor,
    discount_minor, line_count
from orders.purchase
where
    customer_id = %(customer_id)s
    and (%(at)s::timestamptz is null or (occurred_at, order_id) < (%(at)s, %(order_id)s::bigint))
order by occurred_at desc, order_id desc
limit %(limit)s

-- name: order_lines
-- The lines of one order, in their order.
select
    line.line, product.product_key, product.name as product_name, line.quantity, line.total_minor,
    line.discount_minor
from orders.line
inner join orders.product using (product_id)
where line.order_id = %(order_id)s
order by line.line

-- name: totals
-- Orders that occurred in [start, end), by currency.
select
    currency,
    count(*) as orders,
    count(distinct customer_id) as customers,
    coalesce(sum(line_count), 0)::bigint as lines,
    coalesce(sum(total_minor), 0)::bigint as total_minor,
    coalesce(sum(discount_minor), 0)::bigint as discount_minor
from orders.purchase
where occurred_at >= %(start)s and occurred_at < %(end)s
group by currency
order by currency

-- name: sales_by_span
-- Orders between each two following bounds, half-open, every span and currency that has any.
select
    width_bucket(occurred_at, %(bounds)s::timestamptz[]) - 1 as span,
    currency,
    count(*) as orders,
    count(distinct customer_id) as customers,
    sum(total_minor)::bigint as total_minor
from orders.purchase
where occurred_at >= %(start)s and occurred_at < %(end)s
group by 1, 2
order by 1, 2

-- name: make_table
-- Made once a session and emptied, for as soon as a table is dropped the driver forgets all prepared statements.
create temporary table if not exists product_staged (
    product_key text collate "C", name text, name_folded text collate "C", category text, category_path text[],
    department text, brand text, brand_folded text collate "C", price_minor bigint, cost_minor bigint, currency text,
    stock numeric, image_url text, url text, variant_of text, active boolean, attributes jsonb
) on commit delete rows;
delete from pg_temp.product_staged

-- name: tell_changed
-- Before they are written: tell the log when the category, department or brand of known products becomes another. Their
-- rows are held until then, as whoever writes the same products does. Of what is filled in, what is known stays.
with told as (
    select distinct on (product_key) product_key, category, department, brand
    from pg_temp.product_staged
    order by product_key, ctid desc
),

held as (
    select product_key, category, department, brand
    from orders.product
    where product_key in (select product_key from told)
    order by product_key
    for update
),

changed as (
    select
        product_key,
        array_remove(array[
            case when told.category <> held.category and not %(fill)s or told.category <> '' and held.category is null
                then 'category' end,
            case when told.department <> held.department and not %(fill)s
                or told.department <> '' and held.department is null then 'department' end,
            case when told.brand <> held.brand and not %(fill)s or told.brand <> '' and held.brand is null
                then 'brand' end
        ], null) as properties
    from held inner join told using (product_key)
),

counted as (
    select count(distinct changed.product_key) as products, jsonb_agg(distinct name.value) as names
    from changed cross join lateral unnest(changed.properties) as name (value)
)

select log.append(
    'orders:catalogue:' || gen_random_uuid(), 'regulars.orders.catalogue_changed', null, %(at)s::timestamptz,
    jsonb_build_object('products', products, 'properties', names)
)
from counted
where products > 0

-- name: put_products
-- The last of a key wins; what a field leaves out stays as it was.
insert into orders.product as product (
    product_key, name, name_folded, category, category_path, department, brand, brand_folded, price_minor, cost_minor,
    currency, stock, image_url, url, variant_of, active, attributes, updated_at
)
select distinct on (product_key)
    product_key, name, name_folded, category, category_path, department, brand, brand_folded, price_minor, cost_minor,
    currency, stock, image_url, url, variant_of, active, attributes, %(at)s::timestamptz
from pg_temp.product_staged
order by product_key, ctid desc
on conflict (product_key) do update
set
    name = coalesce(excluded.name, product.name),
    name_folded = coalesce(excluded.name_folded, product.name_folded),
    category = coalesce(excluded.category, product.category),
    category_path = case
        when excluded.category is null then product.category_path else excluded.category_path
    end,
    department = coalesce(excluded.department, product.department),
    brand = coalesce(excluded.brand, product.brand),
    brand_folded = coalesce(excluded.brand_folded, product.brand_folded),
    price_minor = coalesce(excluded.price_minor, product.price_minor),
    cost_minor = coalesce(excluded.cost_minor, product.cost_minor),
    currency = coalesce(excluded.currency, product.currency),
    stock = coalesce(excluded.stock, product.stock),
    image_url = coalesce(excluded.image_url, product.image_url),
    url = coalesce(excluded.url, product.url),
    variant_of = coalesce(excluded.variant_of, product.variant_of),
    active = coalesce(excluded.active, product.active),
    attributes = coalesce(excluded.attributes, product.attributes),
    updated_at = coalesce(excluded.updated_at, product.updated_at)

-- name: fill_products
-- Only what is not known yet, one row a product; price and currency come together or not at all.
insert into orders.product as product (
    product_key, name, name_folded, category, category_path, department, brand, brand_folded, price_minor, currency,
    image_url, url
)
select distinct on (product_key)
    product_key, name, name_folded, category, category_path, department, brand, brand_folded, price_minor, currency,
    image_url, url
from pg_temp.product_staged
order by product_key, ctid desc
on conflict (product_key) do update
set
    name = coalesce(product.name, excluded.name),
    name_folded = coalesce(product.name_folded, excluded.name_folded),
    category = coalesce(product.category, excluded.category),
    category_path = case when product.category is null then excluded.category_path else product.category_path end,
    department = coalesce(product.department, excluded.department),
    brand = coalesce(product.brand, excluded.brand),
    brand_folded = coalesce(product.brand_folded, excluded.brand_folded),
    price_minor = case when product.currency is null then excluded.price_minor else product.price_minor end,
    currency = coalesce(product.currency, excluded.currency),
    image_url = coalesce(product.image_url, excluded.image_url),
    url = coalesce(product.url, excluded.url)

-- name: get_product
select
    product_id, product_key, name, category, category_path, department, brand, price_minor, cost_minor, currency,
    stock, image_url, url, variant_of, coalesce(active, true) as active, attributes, updated_at
from orders.product
where product_id = %(product_id)s

-- name: products_by_key
select
    product_id, product_key, name, category, category_path, department, brand, price_minor, cost_minor, currency,
    stock, image_url, url, variant_of, coalesce(active, true) as active, attributes, updated_at
from orders.product
where product_key = any(%(keys)s)

-- name: variants
select
    product_id, product_key, name, category, category_path, department, brand, price_minor, cost_minor, currency,
    stock, image_url, url, variant_of, coalesce(active, true) as active, attributes, updated_at
from orders.product
where variant_of = %(product_key)s
order by product_key
limit 100

-- name: list_products
-- By name; those that only an order has named come first, since they wait for one.
select
    product_id, product_key, name, category, category_path, department, brand, price_minor, cost_minor, currency,
    stock, image_url, url, variant_of, coalesce(active, true) as active, attributes, updated_at
from orders.product
where
    (
        %(words)s::text[] is null or (
            select bool_and(
                strpos(coalesce(name_folded, ''), word) > 0 or strpos(coalesce(brand_folded, ''), word) > 0
                or strpos(lower(product_key), word) > 0
            )
            from unnest(%(words)s::text[]) as word
        )
    )
    and (%(department)s::text is null or department = %(department)s)
    and (%(category)s::text is null or category = %(category)s)
    and (%(brand)s::text is null or brand = %(brand)s)
    and (%(active)s::boolean is null or coalesce(active, true) = %(active)s)
    and (%(named)s::boolean is null or (name is not null) = %(named)s)
    and (
        %(after_id)s::bigint is null
        or (coalesce(name_folded, ''), product_id) > (
            select coalesce(last.name_folded, ''), last.product_id from orders.product as last
            where last.product_id = %(after_id)s
        )
    )
order by coalesce(name_folded, ''), product_id
limit %(limit)s

-- name: catalogue_figures
select
    count(*) as products,
    count(*) filter (where coalesce(active, true)) as active,
    count(*) filter (where name is null) as unnamed,
    count(*) filter (where price_minor is not null) as priced
from orders.product

-- name: departments
select department from orders.product where department is not null group by department order by department limit 200

-- name: reported
-- What a range of the log says of products and stores; what browsers saw only of products not fully known.
select
    event.position, event.name, event.booked_at, event.properties,
    coalesce(event.context -> 'userAgent' is not null, false) as by_browser
from log.fact_event as event
where
    event.position > %(after)s and event.position <= %(to)s and event.type = 'track'
    and (
        event.name in ('Product Updated', 'Store Updated')
        or (
            event.name in ('Product Viewed', 'Product Added')
            and not exists (
                select from orders.product
                where
                    product.product_key = coalesce(event.properties ->> 'product_id', event.properties ->> 'sku')
                    and product.name is not null and product.brand is not null and product.category is not null
                    and product.price_minor is not null and product.image_url is not null
            )
        )
    )
order by event.position

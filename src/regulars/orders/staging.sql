-- name: make_tables
-- What a booking works on, empty; one set a session. None is dropped and made anew: whenever a table is dropped, the
-- driver forgets all prepared statements of the session.
create temporary table if not exists report_staged (
    position bigint not null, atom_id bigint, standing integer, source text collate "C", server boolean,
    occurred_at timestamptz, booked_at timestamptz, history boolean, message_id text collate "C",
    kind text collate "C" not null, order_key text collate "C" not null, told_revision jsonb, revision numeric,
    currency text collate "C", factor numeric, store text collate "C", coupon text collate "C",
    reason text collate "C", refund_id text collate "C", amounts jsonb, products_type text collate "C",
    line_count integer, products jsonb
) on commit delete rows;
create temporary table if not exists line_staged (
    position bigint not null, line integer not null, line_key text collate "C", product_key text collate "C" not null,
    product_id bigint, name text, brand text, category text, image_url text, variant text, quantity numeric,
    path text, problem text, total_minor bigint, discount_minor bigint
) on commit delete rows;
create temporary table if not exists order_staged (
    order_key text collate "C" not null, first_position bigint, placed_at timestamptz, first_booked_at timestamptz,
    history boolean, store text collate "C", coupon text collate "C", discount_minor bigint, atom_id bigint,
    customer_id bigint, head_position bigint, source text collate "C", revision integer, currency text collate "C",
    total_minor bigint, subtotal_minor bigint, shipping_minor bigint, tax_minor bigint, lines_position bigint,
    line_count integer, cancelled_at timestamptz, before_id bigint, before_lines bigint, before_customer bigint
) on commit delete rows;
-- Of a booking before in the same transaction; else there is nothing.
delete from pg_temp.report_staged;
delete from pg_temp.line_staged;
delete from pg_temp.order_staged

-- name: stage_reports
-- What a range of the log says of orders, one row an event, amounts as they were told.
insert into pg_temp.report_staged
select
    event.position,
    event.customer_id as atom_id,
    case
        when event.user_id is not null or event.anonymous_id is null then 0
        when left(event.anonymous_id, 6) = 'guest:' then 2
        else 1
    end as standing,
    event.source,
    event.server,
    event.occurred_at,
    event.booked_at,
    event.history,
    event.message_id,
    case event.name
        when 'Order Completed' then 'completed'
        when 'Order Updated' then 'updated'
        when 'Order Refunded' then 'refunded'
        else 'cancelled'
    end as kind,
    case
        when jsonb_typeof(event.head -> 'order_id') in ('string', 'number')
            then trim(event.head ->> 'order_id')
        else ''
    end as order_key,
    event.head -> 'revision' as told_revision,
    case
        when jsonb_typeof(event.head -> 'revision') = 'number'
            then (event.head -> 'revision')::numeric
        else 0
    end as revision,
    upper(coalesce(event.head ->> 'currency', '')) as currency,
    power(10::numeric, coalesce((%(digits)s::jsonb ->> upper(event.head ->> 'currency'))::integer, 2)) as factor,
    nullif(coalesce(event.head ->> 'store_id', event.head ->> 'affiliation'), '') as store,
    nullif(event.head ->> 'coupon', '') as coupon,
    nullif(event.head ->> 'reason', '') as reason,
    nullif(event.head ->> 'refund_id', '') as refund_id,
    jsonb_strip_nulls(jsonb_build_object(
        'total', event.head -> 'total',
        'revenue', event.head -> 'revenue',
        'subtotal', event.head -> 'subtotal',
        'shipping', event.head -> 'shipping',
        'tax', event.head -> 'tax',
        'discount', event.head -> 'discount',
        'amount', event.head -> 'amount'
    )) as amounts,
    coalesce(jsonb_typeof(event.products), 'null') as products_type,
    case
        when jsonb_typeof(event.products) = 'array'
            then jsonb_array_length(event.products)
        else 0
    end as line_count,
    event.products
from (
    select
        position, customer_id, user_id, anonymous_id, source, occurred_at, booked_at, history, message_id, name,
        coalesce(context -> 'server' = 'true'::jsonb, false) as server,
        properties - 'products' as head,
        properties -> 'products' as products
    from log.fact_event
    where
        position > %(after)s and position <= %(to)s
        and type = 'track'
        and name in ('Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled')
    offset 0  -- So that a long basket is unpacked twice, and not once a field.
) as event

-- name: bad_report
-- The first event of the range that cannot be taken, with the field and what is wrong with it.
select staged.position, staged.order_key, wrong.path, wrong.problem
from pg_temp.report_staged as staged
cross join lateral (
    select
        case
            when staged.order_key = '' then array['order_id', 'is missing: give the order its id']
            when length(staged.order_key) > 200 then array['order_id', 'is longer than 200 signs: shorten it']
            when staged.atom_id is null and staged.kind in ('completed', 'updated')
                then array['', 'the event names no customer: give it a userId or an anonymousId']
            when
                staged.currency !~ '^[A-Z]{3}$'
                and (staged.kind in ('completed', 'updated') or staged.currency <> '')
                then array[
                    'currency', 'is not three letters such as USD: found ' || quote_literal(left(staged.currency, 40))
                ]
            when jsonb_typeof(staged.told_revision) not in ('number', 'null')
                or staged.revision not between 0 and 1000000 or staged.revision <> trunc(staged.revision)
                then array[
                    'revision',
                    'is not a whole number from 0 to 1000000: found ' || left(staged.told_revision::text, 40)
                ]
            when staged.products_type not in ('array', 'null')
                then array['products', 'is not a list of lines: found ' || staged.products_type]
            when staged.line_count > 0 and jsonb_path_exists(staged.products, '$[*] ? (@.type() != "object")')
                then array['products', 'is not a list of objects, one a line']
            when staged.line_count > 2000
                then array['products', 'has more than 2000 lines: found ' || staged.line_count]
        end as head,
        (
            select array[
                amount.key,
                case
                    when jsonb_typeof(amount.value) <> 'number'
                        then 'is not a number: found ' || left(amount.value::text, 40)
                    else 'is beyond 1,000,000,000,000'
                end
            ]
            from jsonb_each(staged.amounts) as amount
            where
                jsonb_typeof(amount.value) <> 'number'
                or case when jsonb_typeof(amount.value) = 'number' then abs(amount.value::numeric) > 1e12 end
            order by amount.key
            limit 1
        ) as amount,
        case
            when
                staged.kind in ('completed', 'updated') and staged.line_count = 0
                and not staged.amounts ?| array['total', 'revenue', 'subtotal']
                then array['total', 'is not a number, and there are no products: give one of them']
        end as sum
) as tried
cross join lateral (select coalesce(tried.head, tried.amount, tried.sum) as said) as chosen
cross join lateral (select chosen.said[1] as path, chosen.said[2] as problem) as wrong
where chosen.said is not null
order by staged.position
limit 1

-- name: stage_older
-- Events before the range whose lines stand now, beside those of the range.
insert into pg_temp.report_staged (position, kind, order_key, factor, line_count, products)
select
    event.position, 'older', '',
    power(10::numeric, coalesce((%(digits)s::jsonb ->> upper(event.properties ->> 'currency'))::integer, 2)),
    jsonb_array_length(event.properties -> 'products'), event.properties -> 'products'
from log.fact_event as event
where event.position = any(%(positions)s)

-- name: stage_lines
-- The lines that the range tells, or those of older events, amounts as minor units, each with what is wrong with it.
-- What was paid for a line is its total; without one, price times quantity less the line's discount.
insert into pg_temp.line_staged
with told as (
    select
        event.position,
        event.factor,
        item.line::integer as line,
        nullif(left(item.line_id, 200), '') as line_key,
        coalesce(item.product_id, item.sku, '') as product_key,
        nullif(left(item.name, 400), '') as name,
        nullif(left(item.brand, 200), '') as brand,
        nullif(left(item.category, 400), '') as category,
        nullif(left(item.image_url, 2000), '') as image_url,
        nullif(left(item.variant, 200), '') as variant,
        item.total,
        case when jsonb_typeof(item.total) = 'number' then item.total::numeric end as total_number,
        case when jsonb_typeof(item.price) = 'number' then item.price::numeric end as price,
        case when jsonb_typeof(item.quantity) = 'number' then item.quantity::numeric end as quantity,
        case coalesce(jsonb_typeof(item.discount), 'null')
            when 'number' then item.discount::numeric
            when 'null' then 0
        end as discount
    from pg_temp.report_staged as event
    cross join rows from (
        jsonb_to_recordset(event.products) as (
            line_id text, product_id text, sku text, name text, brand text, category text, image_url text,
            variant text, total jsonb, price jsonb, quantity jsonb, discount jsonb
        )
    ) with ordinality as item (
        line_id, product_id, sku, name, brand, category, image_url, variant, total, price, quantity, discount, line
    )
    where
        event.line_count > 0
        and case when %(older)s then event.kind = 'older' else event.kind in ('completed', 'updated') end
    offset 0  -- So that a number is read once, and not wherever it is asked.
),

priced as (
    select
        *,
        case
            when total is null then price * quantity - coalesce(discount, 0)
            else total_number
        end as amount
    from told
    offset 0
)

select
    position,
    line,
    line_key,
    product_key,
    (select product.product_id from orders.product where product.product_key = priced.product_key) as product_id,
    name,
    brand,
    category,
    image_url,
    variant,
    quantity,
    case
        when product_key = '' or length(product_key) > 200 then 'product_id'
        when amount is null then 'total'
        when discount is null then 'discount'
        when abs(discount) > 1e12 then 'discount'
        when abs(amount) > 1e12 then 'total'
    end as path,
    case
        when product_key = '' then 'is missing: name the product by product_id or sku'
        when length(product_key) > 200 then 'is longer than 200 signs'
        when amount is null and total is not null then 'is not a number: found ' || left(total::text, 40)
        when amount is null then 'is missing, and price and quantity do not stand in for it'
        when discount is null then 'is not a number'
        when abs(amount) > 1e12 or abs(discount) > 1e12 then 'is beyond 1,000,000,000,000'
    end as problem,
    case when abs(amount) <= 1e12 then round(amount * factor)::bigint end as total_minor,
    case when abs(discount) <= 1e12 then round(discount * factor)::bigint end as discount_minor
from priced

-- name: bad_line
-- The first line that cannot be booked, with the reason.
select
    line.position, staged.order_key, 'products[' || line.line - 1 || '].' || line.path as path, line.problem
from pg_temp.line_staged as line
inner join pg_temp.report_staged as staged using (position)
where line.problem is not null
order by line.position, line.line
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

-- name: products_told
-- What lines say of products of which it was not known; of several the last.
select distinct on (product_key)
    line.product_key, line.name, line.brand, line.category, line.image_url
from pg_temp.line_staged as line
inner join orders.product using (product_id)
where
    -- Said again in front, so that lines that tell nothing are passed over before the look-up.
    (
        line.name is not null or line.brand is not null or line.category is not null or line.image_url is not null
    )
    and (
        (line.name is not null and product.name is null)
        or (line.brand is not null and product.brand is null)
        or (line.category is not null and product.category is null)
        or (line.image_url is not null and product.image_url is null)
    )
order by line.product_key, line.position desc

-- name: add_reports
-- Keep what each event says. Without a total, one is made of what is told; lines alone are summed.
insert into orders.report (
    order_key, position, kind, source, atom_id, standing, revision, occurred_at, booked_at, history, currency, store,
    coupon, total_minor, subtotal_minor, shipping_minor, tax_minor, discount_minor, line_count, refund_key,
    refund_amount, reason, server
)
select
    staged.order_key, staged.position, staged.kind, staged.source, staged.atom_id, staged.standing,
    staged.revision::integer, staged.occurred_at, staged.booked_at, staged.history, nullif(staged.currency, ''),
    left(staged.store, 200), left(staged.coupon, 200),
    case
        when staged.kind in ('completed', 'updated') then coalesce(
            told.total,
            told.revenue + coalesce(told.shipping, 0) + coalesce(told.tax, 0),
            case when line_sum.total_minor is null then told.subtotal + coalesce(told.shipping, 0) + coalesce(told.tax, 0) end,
            line_sum.total_minor + coalesce(told.shipping, 0) + coalesce(told.tax, 0)
        )
    end,
    told.subtotal, told.shipping, told.tax, coalesce(told.discount, line_sum.discount_minor),
    staged.line_count,
    case when staged.kind = 'refunded' then left(coalesce(staged.refund_id, 'message:' || staged.message_id), 240) end,
    case
        when staged.kind = 'refunded' then abs(coalesce(
            (staged.amounts -> 'amount')::numeric, (staged.amounts -> 'total')::numeric,
            (staged.amounts -> 'revenue')::numeric
        ))
    end,
    left(staged.reason, 400), staged.server
from pg_temp.report_staged as staged
left join (
    select
        position, sum(total_minor)::bigint as total_minor, sum(discount_minor)::bigint as discount_minor
    from pg_temp.line_staged
    group by position
) as line_sum using (position)
cross join lateral (
    select
        round((staged.amounts -> 'total')::numeric * staged.factor)::bigint as total,
        round((staged.amounts -> 'revenue')::numeric * staged.factor)::bigint as revenue,
        round((staged.amounts -> 'subtotal')::numeric * staged.factor)::bigint as subtotal,
        round((staged.amounts -> 'shipping')::numeric * staged.factor)::bigint as shipping,
        round((staged.amounts -> 'tax')::numeric * staged.factor)::bigint as tax,
        round((staged.amounts -> 'discount')::numeric * staged.factor)::bigint as discount
) as told
on conflict (order_key, position) do nothing

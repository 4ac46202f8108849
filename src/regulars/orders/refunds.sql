-- name: make_tables
-- Beside those of a booking, only where something was refunded: whatever is there is emptied whenever one commits.
create temporary table if not exists refund_staged (
    order_id bigint not null, paid_minor bigint, factor numeric, refund_key text collate "C", position bigint,
    source text collate "C", occurred_at timestamptz, reason text collate "C", line_count integer,
    refund_amount numeric, is_foreign boolean, told_currency text collate "C"
) on commit delete rows;
create temporary table if not exists refund_line_staged (
    order_id bigint not null, refund_key text collate "C", position bigint, line integer, quantity numeric,
    product_key text collate "C", line_key text collate "C", told_minor bigint, is_unknown boolean, is_beyond boolean
) on commit delete rows;
delete from pg_temp.refund_staged;
delete from pg_temp.refund_line_staged

-- name: drop_refunds
-- What was worked out before of the orders that the range touches.
delete from orders.refund
using pg_temp.order_staged as staged
where refund.order_id = staged.before_id

-- name: drop_refund_lines
delete from orders.refund_line
using pg_temp.order_staged as staged
where refund_line.order_id = staged.before_id

-- name: drop_findings
delete from orders.finding
using pg_temp.order_staged as staged
where finding.order_id = staged.before_id

-- name: stage_refunds
-- The refunds of the touched orders, each once: of its reports the one that tells most stands.
insert into pg_temp.refund_staged
select distinct on (purchase.order_id, report.refund_key)
    purchase.order_id,
    purchase.total_minor as paid_minor,
    power(10::numeric, coalesce((%(digits)s::jsonb ->> purchase.currency)::integer, 2)) as factor,
    report.refund_key, report.position, report.source, report.occurred_at, report.reason, report.line_count,
    report.refund_amount,
    coalesce(report.currency, purchase.currency) <> purchase.currency as is_foreign,
    report.currency as told_currency
from pg_temp.order_staged as staged
inner join orders.purchase using (order_key)
inner join orders.report on report.order_key = staged.order_key and report.kind = 'refunded'
order by
    purchase.order_id, report.refund_key, report.server desc, report.revision desc, report.line_count > 0 desc,
    report.occurred_at desc, report.source,
    -- What nothing tells apart is told apart by its message, never by which came first.
    (select event.message_id from log.fact_event as event where event.position = report.position)

-- name: stage_refund_lines
-- The lines that refunds name, found in the order by line id, place or product. The part of a line that its quantity
-- makes is taken so that all parts together make the whole line.
insert into pg_temp.refund_line_staged
with told as (
    select
        refund.order_id, refund.refund_key, refund.position, refund.occurred_at, refund.factor, item.place,
        coalesce(item.value ->> 'line_id', '') as line_key,
        item.value ->> 'position' as line_place,
        coalesce(item.value ->> 'product_id', item.value ->> 'sku', '') as product_key,
        item.value ->> 'variant' as variant,
        case when jsonb_typeof(item.value -> 'quantity') = 'number' then abs((item.value -> 'quantity')::numeric) end
            as quantity,
        case when jsonb_typeof(item.value -> 'price') = 'number' then (item.value -> 'price')::numeric end as price,
        case when jsonb_typeof(item.value -> 'total') = 'number' then abs((item.value -> 'total')::numeric) end
            as total
    from pg_temp.refund_staged as refund
    inner join log.fact_event as event on event.position = refund.position
    cross join jsonb_array_elements(event.properties -> 'products') with ordinality as item (value, place)
    where refund.line_count > 0
),

matched as (
    select
        told.*, line.line, line.total_minor as line_minor, nullif(line.quantity, 0) as line_quantity,
        coalesce(told.quantity, line.quantity) as quantity_back
    from told
    left join lateral (
        select line.*
        from orders.line
        inner join orders.product using (product_id)
        where
            line.order_id = told.order_id
            and case
                when told.line_key <> '' then coalesce(line.line_key, line.line::text) = told.line_key
                when told.line_place is not null then line.line::text = told.line_place
                else product.product_key = told.product_key and (told.variant is null or line.variant = told.variant)
            end
        order by line.line
        limit 1
    ) as line on true
),

cumulated as (
    select
        *,
        least(coalesce(sum(quantity_back) over earlier, 0), line_quantity) as before_quantity,
        least(sum(quantity_back) over upto, line_quantity) as after_quantity
    from matched
    window
        upto as (
            partition by order_id, line order by occurred_at, refund_key, place
            rows between unbounded preceding and current row
        ),
        earlier as (
            partition by order_id, line order by occurred_at, refund_key, place
            rows between unbounded preceding and 1 preceding
        )
)

select
    order_id, refund_key, position, line, quantity_back as quantity, product_key, line_key,
    coalesce(
        round(total * factor)::bigint,
        round(line_minor * after_quantity / line_quantity)::bigint
        - round(line_minor * before_quantity / line_quantity)::bigint,
        line_minor,
        round(price * coalesce(quantity, 1) * factor)::bigint,
        0
    ) as told_minor,
    line is null as is_unknown,
    quantity_back > after_quantity - before_quantity as is_beyond
from cumulated

-- name: book_refunds
-- Never more than was paid: the earlier refund counts first, what is beyond does not count and becomes a finding.
with told as (
    select
        refund.*,
        refund.refund_amount is null and lines.minor is null as is_full,
        case
            when refund.is_foreign then 0
            else coalesce(round(refund.refund_amount * refund.factor)::bigint, lines.minor, greatest(paid_minor, 0))
        end as told_minor
    from pg_temp.refund_staged as refund
    left join (
        select order_id, refund_key, sum(told_minor)::bigint as minor
        from pg_temp.refund_line_staged
        group by order_id, refund_key
    ) as lines using (order_id, refund_key)
),

cumulated as (
    select
        *,
        coalesce(sum(told_minor) over (
            partition by order_id order by occurred_at, refund_key rows between unbounded preceding and 1 preceding
        ), 0) as before_minor
    from told
)

insert into orders.refund (
    order_id, refund_key, position, source, occurred_at, told_minor, refunded_minor, is_full, reason
)
select
    order_id, refund_key, position, source, occurred_at, told_minor,
    greatest(0, least(told_minor, greatest(paid_minor, 0) - before_minor))::bigint, is_full, reason
from cumulated

-- name: book_refund_lines
insert into orders.refund_line (order_id, refund_key, line, quantity, refunded_minor)
select order_id, refund_key, line, sum(quantity), sum(told_minor)::bigint
from pg_temp.refund_line_staged
where line is not null
group by order_id, refund_key, line

-- name: find
-- What of the refunds does not fit their orders.
insert into orders.finding (order_id, position, code, minor, note)
select refund.order_id, refund.position, 'refund.beyond_paid', refund.told_minor - refund.refunded_minor, null
from orders.refund
inner join pg_temp.refund_staged as staged using (order_id, refund_key)
where refund.told_minor > refund.refunded_minor and not refund.is_full
union all
select order_id, position, 'refund.other_currency', null, told_currency from pg_temp.refund_staged where is_foreign
union all
select
    order_id, position, 'refund.line_unknown', sum(told_minor)::bigint,
    string_agg(coalesce(nullif(line_key, ''), product_key), ', ' order by line_key, product_key)
from pg_temp.refund_line_staged
where is_unknown
group by order_id, position
union all
select order_id, position, 'refund.more_than_bought', null, string_agg(line::text, ', ' order by line)
from pg_temp.refund_line_staged
where is_beyond
group by order_id, position

-- name: sum_refunds
-- The order's sum given back, and from it where it stands.
update orders.purchase
set
    refunded_minor = given.minor,
    status = case
        when purchase.cancelled_at is not null then 'cancelled'
        when given.minor >= purchase.total_minor then 'refunded'
        when given.minor > 0 then 'part_refunded'
        else 'open'
    end
from (
    select refund.order_id, sum(refund.refunded_minor)::bigint as minor
    from orders.refund
    where refund.order_id in (select order_id from pg_temp.refund_staged)
    group by refund.order_id
) as given
where purchase.order_id = given.order_id

-- name: clear_line_refunds
update orders.line
set refunded_minor = null, refunded_quantity = null
from pg_temp.order_staged as staged
where line.order_id = staged.before_id and (line.refunded_minor is not null or line.refunded_quantity is not null)

-- name: sum_line_refunds
-- What was given back of each line; a refund of everything takes every line.
update orders.line
set
    refunded_minor = case when whole.is_full then line.total_minor else least(back.minor, line.total_minor) end,
    refunded_quantity = case when whole.is_full then line.quantity else least(back.quantity, line.quantity) end
from orders.line as own
left join (
    select order_id, line, sum(refunded_minor)::bigint as minor, sum(quantity) as quantity
    from orders.refund_line
    where order_id in (select order_id from pg_temp.refund_staged)
    group by order_id, line
) as back on back.order_id = own.order_id and back.line = own.line
left join (
    select order_id, bool_or(is_full) as is_full from orders.refund
    where order_id in (select order_id from pg_temp.refund_staged)
    group by order_id
) as whole on whole.order_id = own.order_id
where
    own.order_id = line.order_id and own.line = line.line
    and own.order_id in (select order_id from pg_temp.refund_staged)
    and (back.minor is not null or whole.is_full)

-- name: bad_refund_line
-- The first line of a refund of the range that cannot be read.
select
    staged.position, staged.order_key, 'products[' || item.place - 1 || '].' || wrong.path as path,
    'is not a number: found ' || left((item.value -> wrong.path)::text, 40) as problem
from pg_temp.report_staged as staged
inner join log.fact_event as event using (position)
cross join jsonb_array_elements(event.properties -> 'products') with ordinality as item (value, place)
cross join lateral (
    select field.path
    from unnest(array['total', 'price', 'quantity']) as field (path)
    where
        jsonb_typeof(item.value) <> 'object'
        or coalesce(jsonb_typeof(item.value -> field.path), 'null') not in ('number', 'null')
        or case
            when jsonb_typeof(item.value -> field.path) = 'number' then abs((item.value -> field.path)::numeric) > 1e12
        end
    limit 1
) as wrong
where staged.kind = 'refunded' and staged.line_count > 0
order by staged.position, item.place
limit 1

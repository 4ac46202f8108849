-- name: stage_orders
-- What stands of each order that the range touches, worked out from all its reports, whatever their order of arrival.
--
-- The source that stands: a server before a page, whose key is public; then of the greatest revision, then one that
-- tells lines before one that does not, then the one that spoke last. Its last report gives the sums; the lines are
-- its last ones, or else the best other source's.
insert into pg_temp.order_staged
with told as (
    select
        report.*,
        max(revision) over teller as source_revision,
        bool_or(line_count > 0) over teller as source_has_lines,
        max(occurred_at) over teller as source_last_at,
        bool_or(server) over (partition by order_key) as server_told
    from orders.report as report
    where
        order_key in (select order_key from pg_temp.report_staged)
        and kind in ('completed', 'updated')
    window teller as (partition by order_key, server, source)
),

ranked as (
    select
        *,
        row_number() over (
            partition by order_key
            order by
                server desc, source_revision desc, source_has_lines desc, source_last_at desc, source,
                revision desc, occurred_at desc, kind = 'updated' desc, position desc
        ) as place
    from told
),

combined as (
    select
        order_key,
        min(position) as first_position,
        -- Where a server told, no page moves the instant, makes the past news, or changes a sum.
        min(occurred_at) filter (where server = server_told) as placed_at,
        min(booked_at) as first_booked_at,
        bool_and(history) filter (where server = server_told) as history,
        min(place) filter (where line_count > 0) as lines_place,
        (array_agg(store order by place) filter (where store is not null))[1] as store,
        (array_agg(coupon order by place) filter (where coupon is not null))[1] as coupon,
        (array_agg(discount_minor order by place) filter (where discount_minor is not null and server = server_told))[1]
            as discount_minor,
        -- A known user before somebody anonymous, who is before a guest; then whom a server names; then who came first.
        (array_agg(atom_id order by standing, server desc, occurred_at, source, kind, position))[1] as atom_id
    from ranked
    group by order_key
)

select
    combined.order_key, combined.first_position, combined.placed_at, combined.first_booked_at, combined.history,
    combined.store, combined.coupon, coalesce(combined.discount_minor, 0) as discount_minor, combined.atom_id,
    coalesce(person.person_id, combined.atom_id) as customer_id,
    head.position as head_position, head.source, head.revision, head.currency, head.total_minor, head.subtotal_minor,
    head.shipping_minor, head.tax_minor, lined.position as lines_position, coalesce(lined.line_count, 0) as line_count,
    (
        select min(report.occurred_at) from orders.report
        where report.order_key = combined.order_key and report.kind = 'cancelled'
    ) as cancelled_at,
    before.order_id as before_id, before.lines_position as before_lines, before.customer_id as before_customer
from combined
inner join ranked as head on head.order_key = combined.order_key and head.place = 1
left join ranked as lined on lined.order_key = combined.order_key and lined.place = combined.lines_place
left join orders.purchase as before on before.order_key = combined.order_key
left join customers.fact_person as person on person.customer_id = combined.atom_id

-- name: lines_to_read
-- Events before the range whose lines stand now.
select distinct staged.lines_position
from pg_temp.order_staged as staged
where
    staged.lines_position is not null
    and staged.lines_position is distinct from staged.before_lines
    and staged.lines_position not in (select position from pg_temp.report_staged)

-- name: book_orders
insert into orders.purchase as purchase (
    order_key, customer_id, atom_id, position, revised_position, lines_position, revision, occurred_at, booked_at,
    store, currency, total_minor, discount_minor, subtotal_minor, shipping_minor, tax_minor, coupon, line_count,
    status, history, source, cancelled_at
)
select
    order_key, customer_id, atom_id, first_position, head_position, lines_position, revision, placed_at,
    first_booked_at, store, currency, total_minor, discount_minor, subtotal_minor, shipping_minor, tax_minor, coupon,
    line_count, case when cancelled_at is null then 'open' else 'cancelled' end, history, source, cancelled_at
from pg_temp.order_staged
order by customer_id, placed_at
on conflict (order_key) do update
set
    customer_id = excluded.customer_id,
    atom_id = excluded.atom_id,
    revised_position = excluded.revised_position,
    lines_position = excluded.lines_position,
    revision = excluded.revision,
    occurred_at = excluded.occurred_at,
    store = excluded.store,
    currency = excluded.currency,
    total_minor = excluded.total_minor,
    discount_minor = excluded.discount_minor,
    subtotal_minor = excluded.subtotal_minor,
    shipping_minor = excluded.shipping_minor,
    tax_minor = excluded.tax_minor,
    coupon = excluded.coupon,
    line_count = excluded.line_count,
    status = excluded.status,
    history = excluded.history,
    source = excluded.source,
    cancelled_at = excluded.cancelled_at,
    refunded_minor = 0

-- name: drop_lines
-- Take away the lines of known orders where others stand now.
delete from orders.line
using pg_temp.order_staged as staged
where
    line.order_id = staged.before_id and staged.before_lines is not null
    and staged.lines_position is distinct from staged.before_lines

-- name: book_lines
-- Write the lines that stand now and did not before.
insert into orders.line (
    order_id, line, customer_id, product_id, quantity, total_minor, discount_minor, line_key, variant
)
select
    purchase.order_id, told.line, staged.customer_id, told.product_id, told.quantity, told.total_minor,
    told.discount_minor, told.line_key, told.variant
from pg_temp.order_staged as staged
inner join orders.purchase using (order_key)
inner join pg_temp.line_staged as told on told.position = staged.lines_position
where staged.lines_position is distinct from staged.before_lines
order by purchase.order_id, told.line

-- name: hand_lines
-- The lines of an order go to whom the order went.
update orders.line
set customer_id = staged.customer_id
from pg_temp.order_staged as staged
where line.order_id = staged.before_id and line.customer_id <> staged.customer_id

-- name: have_changed
-- Whether the range touches an order that was known before, and whether one that was refunded or cancelled.
select
    bool_or(before_id is not null) as known,
    bool_or(before_id is not null and before_customer is distinct from customer_id) as handed,
    bool_or(cancelled_at is not null) as cancelled,
    bool_or(before_id is not null and lines_position is distinct from before_lines) as relined
from pg_temp.order_staged

-- name: refunded
-- Whether any order that the range touches was refunded.
select exists (
    select from orders.report as report
    where report.kind = 'refunded' and report.order_key in (select order_key from pg_temp.order_staged)
)

-- name: add_totals
-- Add orders that were not known before to their customers' totals.
insert into orders.customer_total as total (customer_id, orders, first_at, last_at)
select customer_id, count(*), min(placed_at), max(placed_at)
from pg_temp.order_staged
where before_id is null and cancelled_at is null
group by customer_id
on conflict (customer_id) do update
set
    orders = total.orders + excluded.orders,
    first_at = least(total.first_at, excluded.first_at),
    last_at = greatest(total.last_at, excluded.last_at)

-- name: changed_customers
select customer_id from pg_temp.order_staged
union
select before_customer from pg_temp.order_staged where before_customer is not null

-- name: drop_totals
-- Of customers who have no order left that counts.
delete from orders.customer_total as total
where
    total.customer_id = any(%(customer_ids)s)
    and not exists (
        select from orders.purchase
        where purchase.customer_id = total.customer_id and purchase.status <> 'cancelled'
    )

-- name: recount_totals
-- Count anew the totals of some customers: a cancelled order is none, a refunded one is one.
insert into orders.customer_total as total (customer_id, orders, first_at, last_at, refunds)
select
    purchase.customer_id, count(*), min(purchase.occurred_at), max(purchase.occurred_at),
    coalesce(sum(given.refunds), 0)
from orders.purchase
left join lateral (
    select count(*) as refunds from orders.refund where refund.order_id = purchase.order_id
) as given on purchase.refunded_minor <> 0
where purchase.customer_id = any(%(customer_ids)s) and purchase.status <> 'cancelled'
group by purchase.customer_id
on conflict (customer_id) do update
set
    orders = excluded.orders, first_at = excluded.first_at, last_at = excluded.last_at, refunds = excluded.refunds

-- name: follow_orders
-- Orders go along with the atoms that told them.
update orders.purchase
set customer_id = moved.after_id
from unnest(%(atoms)s::bigint[], %(before)s::bigint[], %(after)s::bigint[]) as moved (atom_id, before_id, after_id)
where
    purchase.customer_id = moved.before_id
    and coalesce(purchase.atom_id, purchase.customer_id) = moved.atom_id
    and purchase.customer_id <> moved.after_id
returning purchase.order_id

-- name: follow_lines
update orders.line
set customer_id = purchase.customer_id
from orders.purchase
where
    line.order_id = purchase.order_id and purchase.order_id = any(%(order_ids)s)
    and line.customer_id <> purchase.customer_id

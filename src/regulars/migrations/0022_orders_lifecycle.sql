-- Why: an order has a life. Every report of it is kept (which source told what), and what stands is worked out from
-- all of them, so that the order of arrival does not matter: revisions, part refunds, cancellations, guests.
-- On 10M rows: the columns come without a rewrite; writing a report for each order that is there takes some minutes.
-- Undo: drop the tables report, refund, refund_line and finding, and the columns added here.

alter table orders.purchase
    add column atom_id bigint,  -- whose event says who bought; null on what was booked before: customer_id
    add column status text collate "C" not null default 'open'
        check (status in ('open', 'part_refunded', 'refunded', 'cancelled')),
    add column history boolean not null default false,  -- all that made it came from before the cut-over
    add column source text collate "C" not null default '',  -- of the report that stands
    add column lines_position bigint,  -- of the event whose lines stand
    add column subtotal_minor bigint,
    add column shipping_minor bigint,
    add column tax_minor bigint,
    add column refunded_minor bigint not null default 0,
    add column coupon text,
    add column cancelled_at timestamptz;

alter table orders.line
    add column line_key text collate "C",  -- the id the source gave the line; null: its place
    add column variant text,
    add column refunded_minor bigint,  -- null: nothing
    add column refunded_quantity numeric;

alter table orders.customer_total add column refunds integer not null default 0;

-- One row an event that says something of an order: who reported what. Its lines stay in the log.
create table orders.report (
    order_key text collate "C" not null,
    position bigint not null,
    kind text collate "C" not null check (kind in ('completed', 'updated', 'refunded', 'cancelled')),
    source text collate "C" not null,
    atom_id bigint,
    standing smallint not null,  -- how well it says who bought: 0 a known user, 1 somebody anonymous, 2 a guest
    revision integer not null,   -- 0 when it tells none
    occurred_at timestamptz not null,
    booked_at timestamptz not null,
    history boolean not null,
    currency text collate "C",   -- null where a refund or a cancellation tells none
    store text collate "C",
    coupon text,
    total_minor bigint,          -- of an order, what was to be paid
    subtotal_minor bigint,
    shipping_minor bigint,
    tax_minor bigint,
    discount_minor bigint,
    line_count integer not null,
    refund_key text collate "C", -- the refund's own id, else that of the message
    refund_amount numeric,       -- in the currency's large unit; null: what its lines come to, or all
    reason text,
    primary key (order_key, position)
);
create index report_by_source on orders.report (source, occurred_at);
-- What waits for its order, and what was given back or cancelled, is little among the orders.
create index report_of_refund on orders.report (kind, occurred_at) where kind in ('refunded', 'cancelled');

create table orders.refund (
    order_id bigint not null,
    refund_key text collate "C" not null,
    position bigint not null,  -- of the event that stands
    source text collate "C" not null,
    occurred_at timestamptz not null,
    told_minor bigint not null,
    refunded_minor bigint not null,  -- what counts: never more than was paid
    is_full boolean not null,
    reason text,
    primary key (order_id, refund_key)
);

create table orders.refund_line (
    order_id bigint not null,
    refund_key text collate "C" not null,
    line integer not null,
    quantity numeric,
    refunded_minor bigint not null,
    primary key (order_id, refund_key, line)
);

-- What the reports of an order do not agree on; worked out anew with it.
create table orders.finding (
    order_id bigint not null,
    position bigint not null,
    code text collate "C" not null,
    minor bigint,
    note text,
    primary key (order_id, position, code)
);

insert into orders.report (
    order_key, position, kind, source, atom_id, standing, revision, occurred_at, booked_at, history, currency, store,
    total_minor, discount_minor, line_count
)
select
    purchase.order_key, purchase.revised_position, 'completed', event.source, purchase.customer_id,
    case when event.user_id is not null then 0 else 1 end, purchase.revision, purchase.occurred_at,
    purchase.booked_at, event.history, purchase.currency, purchase.store, purchase.total_minor,
    purchase.discount_minor, purchase.line_count
from orders.purchase
inner join log.fact_event as event on event.position = purchase.revised_position;

update orders.purchase
set
    atom_id = purchase.customer_id, source = event.source, history = event.history,
    lines_position = case when purchase.line_count > 0 then purchase.revised_position end
from log.fact_event as event
where event.position = purchase.revised_position;

create or replace view orders.fact_order as
select
    order_id, order_key, customer_id, position, revised_position, revision, occurred_at, booked_at,
    store, currency, total_minor, discount_minor, line_count,
    coalesce(atom_id, customer_id) as atom_id, status, history, source, refunded_minor,
    case when status = 'cancelled' then 0 else total_minor - refunded_minor end as net_minor,
    subtotal_minor, shipping_minor, tax_minor, coupon, cancelled_at
from orders.purchase;

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
inner join orders.purchase using (order_id)
inner join orders.product using (product_id);

create or replace view orders.fact_customer_total as
select customer_id, orders, first_at, last_at, refunds from orders.customer_total;

-- Which source reported which order, with what sum.
create view orders.fact_sighting as
select
    order_key, position, kind, source, coalesce(atom_id, 0) as atom_id, revision, occurred_at, booked_at, history,
    currency, total_minor, line_count, refund_key
from orders.report;

create view orders.fact_refund as
select
    refund.order_id, purchase.order_key, purchase.customer_id, refund.refund_key, refund.position, refund.source,
    refund.occurred_at, refund.told_minor, refund.refunded_minor, purchase.currency, purchase.history
from orders.refund
inner join orders.purchase using (order_id);

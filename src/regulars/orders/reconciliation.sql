-- name: add_reconciliation
insert into orders.reconciliation (
    title, source, currency, zone, by_order, with_refunds, file_name, made_by, made_at, first_day, last_day,
    then_differing, then_ours_orders, then_ours_minor
)
values (
    %(title)s, %(source)s, %(currency)s, %(zone)s, %(by_order)s, %(with_refunds)s, %(file_name)s, %(made_by)s,
    %(at)s, %(first_day)s, %(last_day)s, 0, 0, 0
)
returning reconciliation_id

-- name: note_then
update orders.reconciliation
set then_differing = %(differing)s, then_ours_orders = %(orders)s, then_ours_minor = %(minor)s
where reconciliation_id = %(reconciliation_id)s

-- name: get_reconciliation
select
    reconciliation_id, title, source, currency, zone, by_order, with_refunds, file_name, made_by, made_at, first_day,
    last_day, then_differing, then_ours_orders, then_ours_minor
from orders.reconciliation
where reconciliation_id = %(reconciliation_id)s

-- name: list_reconciliations
select
    reconciliation_id, title, source, currency, zone, by_order, with_refunds, file_name, made_by, made_at, first_day,
    last_day, then_differing, then_ours_orders, then_ours_minor
from orders.reconciliation
where %(before)s::bigint is null or reconciliation_id < %(before)s
order by reconciliation_id desc
limit %(limit)s

-- name: stage_ours
-- Our orders of the days: what stands, or what one source said last. A cancelled order is none.
create temporary table ours_staged as
select
    purchase.order_id, purchase.order_key, purchase.occurred_at, purchase.total_minor,
    purchase.total_minor - case when %(with_refunds)s then purchase.refunded_minor else 0 end as compared_minor,
    width_bucket(purchase.occurred_at, %(bounds)s::timestamptz[]) - 1 as day_number
from orders.purchase
where
    %(source)s::text is null and purchase.currency = %(currency)s and purchase.status <> 'cancelled'
    and purchase.occurred_at >= %(start)s and purchase.occurred_at < %(end)s
union all
select
    purchase.order_id, said.order_key, said.first_at, said.total_minor,
    said.total_minor - case when %(with_refunds)s then purchase.refunded_minor else 0 end,
    width_bucket(said.first_at, %(bounds)s::timestamptz[]) - 1
from (
    select distinct on (report.order_key)
        report.order_key, report.total_minor, report.currency,
        min(report.occurred_at) over (partition by report.order_key) as first_at
    from orders.report
    where report.source = %(source)s and report.kind in ('completed', 'updated')
    order by report.order_key, report.server desc, report.revision desc, report.occurred_at desc, report.position desc
) as said
inner join orders.purchase using (order_key)
where
    %(source)s::text is not null and said.currency = %(currency)s and purchase.status <> 'cancelled'
    and said.first_at >= %(start)s and said.first_at < %(end)s

-- name: unstage_ours
drop table pg_temp.ours_staged

-- name: days
-- Ours and theirs for each day that either has; day_number counts from the first day.
select
    coalesce(ours.day_number, theirs.day - %(first_day)s::date) as day_number,
    coalesce(ours.orders, 0)::integer as ours_orders,
    coalesce(ours.minor, 0)::bigint as ours_minor,
    coalesce(theirs.orders, 0) as theirs_orders,
    coalesce(theirs.total_minor, 0) as theirs_minor
from (
    select day_number, count(*) as orders, sum(compared_minor)::bigint as minor
    from pg_temp.ours_staged
    group by day_number
) as ours
full join (
    select day, orders, total_minor from orders.reconciliation_day where reconciliation_id = %(reconciliation_id)s
) as theirs on theirs.day - %(first_day)s::date = ours.day_number
order by 1

-- name: stage_differences
-- Single orders that are not the same on both sides.
create temporary table difference_staged as
select
    case
        when ours.order_key is null then 'missing_here'
        when theirs.order_key is null then 'missing_there'
        when ours.compared_minor <> theirs.compared_minor then 'other_amount'
        else 'other_day'
    end as kind,
    coalesce(ours.order_key, theirs.order_key) as order_key,
    coalesce(ours.order_id, known.order_id) as order_id,
    coalesce(theirs.day - %(first_day)s::date, ours.day_number) as day_number,
    ours.day_number as ours_day_number,
    ours.compared_minor as ours_minor,
    theirs.compared_minor as theirs_minor,
    -- Why it is not among ours although we know it.
    case
        when ours.order_key is not null or known.order_id is null then null
        when known.status = 'cancelled' then 'cancelled'
        when known.currency <> %(currency)s then 'other_currency'
        when %(source)s::text is not null then 'other_source'
        else 'other_day'
    end as known_as
from pg_temp.ours_staged as ours
full join (
    select
        order_key, day,
        total_minor - case when %(with_refunds)s then coalesce(refunded_minor, 0) else 0 end as compared_minor
    from orders.reconciliation_order
    where reconciliation_id = %(reconciliation_id)s
) as theirs using (order_key)
left join orders.purchase as known on known.order_key = theirs.order_key
where
    ours.order_key is null or theirs.order_key is null or ours.compared_minor <> theirs.compared_minor
    or ours.day_number <> theirs.day - %(first_day)s::date

-- name: unstage_differences
drop table pg_temp.difference_staged

-- name: count_differences
select kind, count(*)::integer as orders from pg_temp.difference_staged group by kind

-- name: differences
select kind, order_key, order_id, day_number, ours_day_number, ours_minor, theirs_minor, known_as
from pg_temp.difference_staged
where
    (%(kind)s::text is null or kind = %(kind)s)
    and (%(after_key)s::text is null or (day_number, order_key) > (%(after_day)s::integer, %(after_key)s::text))
order by day_number, order_key
limit %(limit)s

-- name: last_currency
-- The currency of the latest order, as what a form begins with.
select currency from orders.purchase order by occurred_at desc, order_id desc limit 1

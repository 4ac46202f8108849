-- name: events_by_day
-- Events of each day and type, and how many people they are of.
select
    cast(from_utc_timestamp(occurred_at, '{zone}') as date) as day, type, count(*) as events,
    count(distinct person_id) as people
from events
group by 1, 2
order by 1, 2

-- name: events_by_source
-- Events of each source and name, how many are history, the first and the last.
select
    source, name, count(*) as events, count(case when history then 1 end) as history,
    min(occurred_at) as first_at, max(occurred_at) as last_at
from events
group by 1, 2
order by 1, 2

-- name: active_people
-- People who did something themselves in each month; what the product tells of them does not count.
select
    cast(date_trunc('month', from_utc_timestamp(occurred_at, '{zone}')) as date) as month,
    count(distinct person_id) as people, count(*) as events
from events
where source <> 'regulars' and person_id is not null
group by 1
order by 1

-- name: orders_by_month
-- Orders, buyers and sums of each month and currency, in the currency's smallest unit.
select
    cast(date_trunc('month', from_utc_timestamp(occurred_at, '{zone}')) as date) as month, currency,
    count(*) as orders, count(distinct person_id) as people,
    cast(sum(total_minor) as bigint) as total_minor, cast(sum(net_minor) as bigint) as net_minor
from orders
where status <> 'cancelled'
group by 1, 2
order by 1, 2

-- name: cohort_revenue
-- What people of each month of first order bought in each month since.
with placed as (
    select
        person_id, currency, net_minor,
        cast(date_trunc('month', from_utc_timestamp(occurred_at, '{zone}')) as date) as month
    from orders
    where status <> 'cancelled'
),
first_order as (
    select person_id, min(month) as cohort from placed group by 1
)
select
    first_order.cohort, placed.month, placed.currency, count(*) as orders,
    count(distinct placed.person_id) as people, cast(sum(placed.net_minor) as bigint) as net_minor
from placed
inner join first_order on first_order.person_id = placed.person_id
group by 1, 2, 3
order by 1, 2, 3

-- name: retention
-- Of the people of each month of first order, how many ordered again so many months later.
with placed as (
    select distinct
        person_id,
        year(from_utc_timestamp(occurred_at, '{zone}')) * 12
        + month(from_utc_timestamp(occurred_at, '{zone}')) - 1 as months
    from orders
    where status <> 'cancelled'
),
first_order as (
    select person_id, min(months) as months from placed group by 1
),
cohort as (
    select months, count(*) as people from first_order group by 1
)
select
    cast(floor(cohort.months / 12.0) as bigint) as cohort_year, cast(cohort.months % 12 + 1 as bigint) as cohort_month,
    cast(placed.months - cohort.months as bigint) as months_later, cohort.people, count(*) as ordered,
    cast(count(*) as double) / cast(cohort.people as double) as share
from placed
inner join first_order on first_order.person_id = placed.person_id
inner join cohort on cohort.months = first_order.months
group by cohort.months, placed.months, cohort.people
order by 1, 2, 3

-- name: repeat_rate
-- Of the people of each month of first order, how many came back within 90 days, and ever.
with placed as (
    select
        person_id, occurred_at,
        row_number() over (partition by person_id order by occurred_at, order_id) as place,
        min(occurred_at) over (partition by person_id) as first_at
    from orders
    where status <> 'cancelled'
),
bought as (
    select
        person_id, min(first_at) as first_at,
        max(case when place > 1 and occurred_at < first_at + interval '90' day then 1 else 0 end) as soon,
        max(case when place > 1 then 1 else 0 end) as ever
    from placed
    group by 1
)
select
    cast(date_trunc('month', from_utc_timestamp(first_at, '{zone}')) as date) as cohort, count(*) as people,
    cast(sum(soon) as bigint) as within_90_days, cast(sum(ever) as bigint) as ever,
    cast(sum(ever) as double) / cast(count(*) as double) as share
from bought
group by 1
order by 1

-- name: order_values
-- How many orders are how large, in steps of 1,000 of the smallest unit.
select
    currency, cast(floor(total_minor / 1000.0) as bigint) * 1000 as from_minor, count(*) as orders,
    cast(sum(total_minor) as bigint) as total_minor
from orders
where status <> 'cancelled'
group by 1, 2
order by 1, 2

-- name: best_products
-- The hundred products with most money left after refunds, in each currency.
with sold as (
    select
        currency, product_key, count(*) as lines, count(distinct person_id) as people,
        cast(sum(net_minor) as bigint) as net_minor
    from order_lines
    where status <> 'cancelled'
    group by 1, 2
),
ranked as (
    select *, row_number() over (partition by currency order by net_minor desc, product_key) as place from sold
)
select currency, cast(place as bigint) as place, product_key, lines, people, net_minor
from ranked
where place <= 100
order by 1, 2

-- name: points_by_month
-- Points of each month by programme, currency and account: what came in and what went out.
select
    cast(date_trunc('month', from_utc_timestamp(booked_at, '{zone}')) as date) as month, programme, currency,
    account, transfer, count(*) as entries,
    cast(sum(case when amount > 0 then amount else 0 end) as bigint) as points_in,
    cast(sum(case when amount < 0 then -amount else 0 end) as bigint) as points_out
from ledger_entries
group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5

-- name: messages_by_state
-- Messages of each month by what asked for them, channel, arm and what became of them.
select
    cast(date_trunc('month', from_utc_timestamp(queued_at, '{zone}')) as date) as month, source_kind, source_key,
    channel, arm, state, count(*) as messages, count(distinct person_id) as people
from messages
group by 1, 2, 3, 4, 5, 6
order by 1, 2, 3, 4, 5, 6

-- name: reported_orders
-- Orders as the events tell them, by source and currency, with their sums in hundredths.
select
    source, get_json_object(properties, '$.currency') as currency, count(*) as reports,
    count(distinct get_json_object(properties, '$.order_id')) as orders,
    cast(sum(round(cast(get_json_object(properties, '$.total') as decimal(18, 4)) * 100)) as bigint) as hundredths
from events
where type = 'track' and name = 'Order Completed'
group by 1, 2
order by 1, 2

-- name: standings
-- Where some customers stand: stage of an approach, place in a programme, orders and what they came to.
-- One row a customer; who spent in several currencies is shown the one of most orders.
select
    person.id as customer_id, stay.stage, stay.entered_at as stage_since, member.tier, member.active_points,
    member.currency as points_currency, member.joined_at, coalesce(total.orders, 0) as orders, total.last_at,
    spent.currency, spent.minor
from unnest(%(ids)s::bigint[]) as person (id)
left join lateral (
    select stage, entered_at from segments.fact_membership
    where customer_id = person.id and approach_key = %(approach)s and left_at is null
    limit 1
) as stay on true
left join lateral (
    select tier, active_points, currency, joined_at from loyalty.fact_member
    where customer_id = person.id and programme = %(programme)s
    limit 1
) as member on true
left join orders.fact_customer_total as total on total.customer_id = person.id
left join lateral (
    select currency, sum(net_minor)::bigint as minor from orders.fact_order
    where customer_id = person.id and status <> 'cancelled'
    group by currency
    order by count(*) desc, currency
    limit 1
) as spent on true

-- name: roll
-- Customers that fit, the newest first.
select customer.customer_id
from customers.fact_customer as customer
where
    (%(before)s::bigint is null or customer.customer_id < %(before)s)
    and (%(stage)s::text is null or exists (
        select from segments.fact_membership as stay
        where
            stay.customer_id = customer.customer_id and stay.approach_key = %(approach)s
            and stay.stage = %(stage)s and stay.left_at is null
    ))
    and ((%(tier)s::text is null and %(joined_since)s::timestamptz is null) or exists (
        select from loyalty.fact_member as member
        where
            member.customer_id = customer.customer_id and member.programme = %(programme)s
            and (%(tier)s::text is null or member.tier = %(tier)s)
            and (%(joined_since)s::timestamptz is null or member.joined_at >= %(joined_since)s)
    ))
order by customer.customer_id desc
limit %(limit)s

-- name: roll_count
-- How many customers fit.
select count(*)
from customers.fact_customer as customer
where
    (%(stage)s::text is null or customer.customer_id in (
        select stay.customer_id from segments.fact_membership as stay
        where stay.approach_key = %(approach)s and stay.stage = %(stage)s and stay.left_at is null
    ))
    and ((%(tier)s::text is null and %(joined_since)s::timestamptz is null) or customer.customer_id in (
        select member.customer_id from loyalty.fact_member as member
        where
            member.programme = %(programme)s
            and (%(tier)s::text is null or member.tier = %(tier)s)
            and (%(joined_since)s::timestamptz is null or member.joined_at >= %(joined_since)s)
    ))

-- name: narrowed
-- Those of some customers that fit.
select person.id
from unnest(%(ids)s::bigint[]) as person (id)
where
    (%(stage)s::text is null or exists (
        select from segments.fact_membership as stay
        where
            stay.customer_id = person.id and stay.approach_key = %(approach)s
            and stay.stage = %(stage)s and stay.left_at is null
    ))
    and ((%(tier)s::text is null and %(joined_since)s::timestamptz is null) or exists (
        select from loyalty.fact_member as member
        where
            member.customer_id = person.id and member.programme = %(programme)s
            and (%(tier)s::text is null or member.tier = %(tier)s)
            and (%(joined_since)s::timestamptz is null or member.joined_at >= %(joined_since)s)
    ))

-- name: stage_moves
-- How many customers stand in another stage now than at an instant, by both, the most first. The stage before
-- is null for who was not known then; whoever went and came back has not moved.
with come as (
    select customer_id, stage from segments.fact_membership
    where approach_key = %(approach)s and left_at is null and entered_at > %(since)s
        and segment_key = approach_key || '.' || stage
),

gone as (
    select customer_id, stage from segments.fact_membership
    where approach_key = %(approach)s and entered_at <= %(since)s and left_at > %(since)s
        and segment_key = approach_key || '.' || stage
)

select gone.stage as before, come.stage as after, count(*)::integer as customers
from come
left join gone using (customer_id)
where gone.stage is distinct from come.stage
group by 1, 2
order by customers desc, before nulls first, after

-- name: outstanding
-- What the members of a programme hold together; no row for a programme without members.
select currency, count(*)::integer as members, sum(active_points)::bigint as points
from loyalty.fact_member
where programme = %(programme)s
group by currency

-- name: arrivals
-- Who became known and who became a member in [since, until).
select
    (
        select count(*) from customers.fact_customer
        where created_at >= %(since)s and created_at < %(until)s
    )::integer as customers,
    (
        select count(*) from loyalty.fact_member
        where programme = %(programme)s and joined_at >= %(since)s and joined_at < %(until)s
    )::integer as members

-- name: tier_arrivals
-- Members whose present tier began in [since, until), by tier.
select tier, tier_number as number, count(*)::integer as members
from loyalty.fact_member
where
    programme = %(programme)s and tier_since >= %(since)s and tier_since < %(until)s and joined_at < tier_since
group by tier, tier_number
order by tier_number

-- name: passages
-- Who came into a segment or went out of it since an instant, the latest first.
select customer_id, happened_at, came
from (
    select customer_id, entered_at as happened_at, true as came from segments.fact_membership
    where segment_key = %(key)s and entered_at > %(since)s
    union all
    select customer_id, left_at as happened_at, false as came from segments.fact_membership
    where segment_key = %(key)s and left_at > %(since)s
) as passed
order by happened_at desc, customer_id desc
limit %(limit)s

-- name: passage_totals
-- How many stays in each segment began and how many ended since an instant.
select
    segment_key as key,
    count(*) filter (where entered_at > %(since)s)::integer as came,
    count(*) filter (where left_at > %(since)s)::integer as went
from segments.fact_membership
where entered_at > %(since)s or left_at > %(since)s
group by segment_key

-- name: bought_at
-- The instants of one customer's orders, cancelled ones left out, oldest first.
select occurred_at from orders.fact_order
where customer_id = %(customer_id)s and status <> 'cancelled'
order by occurred_at

-- name: spent
-- What one customer's orders came to, by currency: what was given back is taken off, a cancelled one is none.
select currency, count(*)::integer as orders, sum(net_minor)::bigint as minor
from orders.fact_order
where customer_id = %(customer_id)s and status <> 'cancelled'
group by currency
order by orders desc, currency

-- name: order_ids
-- The orders that bear some keys, of one customer.
select order_key, order_id
from orders.fact_order
where customer_id = %(customer_id)s and order_key = any(%(keys)s)

-- name: progress
-- How far the load is; no row before it began.
select next_day, finished, seconds from demo.progress

-- name: begin
insert into demo.progress (next_day) values (%(first)s) on conflict do nothing

-- name: pass_day
-- The day's events are in the log's inbox, in this very transaction.
update demo.progress set next_day = %(day)s::date + 1 where next_day = %(day)s

-- name: note_seconds
-- Adds to what a stage took so far.
update demo.progress
set seconds = seconds || jsonb_build_object(
    %(stage)s::text, round((coalesce((seconds ->> %(stage)s::text)::numeric, 0) + %(seconds)s::numeric), 2))

-- name: analyze
-- A year arrives in a minute; without fresh statistics the first pages would be planned for an empty database.
analyze

-- name: grown
-- The tables that are mostly new to the planner. The log tends its own.
select schemaname, relname
from pg_stat_user_tables
where n_mod_since_analyze > 500 and n_mod_since_analyze * 2 > n_live_tup and schemaname not in ('log', 'demo')
order by schemaname, relname

-- name: finish
update demo.progress set finished = true

-- name: sums
-- The customers, orders, lines and money of the source, and the events tracked.
select (select count(*) from customers.fact_customer) as households, count(*) as baskets,
       coalesce(sum(line_count), 0)::bigint as lines, coalesce(sum(total_minor), 0)::bigint as sales_minor
from orders.fact_order

-- name: counts
-- All events, those tracked from the source, and of these what it says of mailings and coupons.
select count(*) as events, count(*) filter (where source = %(source)s) as tracked_events,
       count(*) filter (where source = %(source)s and name = 'Mailing Received') as mailings,
       count(*) filter (where source = %(source)s and name = 'Coupon Applied') as redemptions
from log.fact_event

-- name: drawn
-- Each customer of the planted data with the arm they were drawn into.
select c.user_id, a.arm = 'treated' as treated
from experiments.fact_assignment a join customers.fact_customer c using (customer_id)

-- name: take_turn
-- The number is any of our own; the lock ends with the session.
select pg_try_advisory_lock(7246022)

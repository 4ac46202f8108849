-- name: add_run
-- A version launched once; a repeat changes nothing.
insert into campaigns.run (
    key, version, segment, goal, window_days, held_out_share, state, starts_at, launched_at, launched_by
)
values (
    %(key)s, %(version)s, %(segment)s, %(goal)s, %(window_days)s, %(held_out_share)s, 'scheduled',
    %(starts_at)s, %(at)s, %(by)s
)
on conflict do nothing

-- name: find_run
-- One run, the newest version first when none is named.
select * from campaigns.run
where key = %(key)s and (%(version)s::integer is null or version = %(version)s)
order by version desc
limit 1

-- name: runs
-- All runs, the latest launched first.
select * from campaigns.run order by launched_at desc, run_id desc

-- name: stop_scheduled
-- A campaign taken out of use, or replaced by a later version, before its moment does not start any more.
update campaigns.run set state = 'stopped'
where key = %(key)s and state = 'scheduled' and version is distinct from %(except_version)s::integer

-- name: sending_of
-- The runs of one campaign that are sending.
select * from campaigns.run where key = %(key)s and state = 'sending'

-- name: due_runs
-- Scheduled runs whose moment has come.
select * from campaigns.run
where state = 'scheduled' and starts_at <= %(at)s
order by starts_at, run_id
for update

-- name: sending_runs
-- Runs with messages still to be moved.
select * from campaigns.run where state = 'sending' order by run_id

-- name: sent_runs
-- Runs whose windows are open, and those closed so lately that events of the window may still arrive.
select * from campaigns.run
where state = 'sent'
    or state = 'measured' and started_at > %(at)s - make_interval(hours => 24 * (window_days + %(late_days)s))
order by run_id
for update

-- name: audience
-- Who is in a segment and has not entered this campaign before.
select membership.customer_id
from segments.fact_membership as membership
where membership.segment_key = %(segment)s and membership.left_at is null
    and not exists (
        select from campaigns.member
        where member.key = %(key)s and member.customer_id = membership.customer_id
    )
order by membership.customer_id

-- name: still_members
-- Of these customers, those who are in the segment now.
select customer_id
from segments.fact_membership
where segment_key = %(segment)s and left_at is null and customer_id = any(%(customer_ids)s)

-- name: freeze
-- The audience with its arms; gives those that no other version has.
insert into campaigns.member (run_id, key, customer_id, arm)
select %(run_id)s, %(key)s, person.customer_id, person.arm
from unnest(%(customer_ids)s::bigint[], %(arms)s::text[]) as person (customer_id, arm)
order by person.customer_id
on conflict do nothing
returning customer_id

-- name: start_run
-- Its audience is frozen and its ledger written.
update campaigns.run set state = 'sending', started_at = %(at)s where run_id = %(run_id)s

-- name: enter
-- The moment of each person whose send has been decided, in both arms alike.
update campaigns.member
set entered_at = send.decided_at,
    window_ends_at = send.decided_at + make_interval(hours => 24 * run.window_days)
from campaigns.run, messaging.fact_send as send
where member.run_id = %(run_id)s
    and member.entered_at is null
    and run.run_id = member.run_id
    and send.source_kind = 'campaign'
    and send.source_key = run.key
    and send.source_version = run.version
    and send.customer_id = member.customer_id
    and send.decided_at is not null

-- name: finish_sending
-- A run of which nothing is left to move.
update campaigns.run set state = 'sent' where run_id = %(run_id)s and state = 'sending'

-- name: measure_orders
-- The first order of each member inside the window, so far.
update campaigns.member
set converted_at = bought.first_at
from (
    select person.customer_id, min(sale.occurred_at) as first_at
    from campaigns.member as person
    left join orders.fact_order as sale
        on sale.customer_id = person.customer_id
        and sale.occurred_at >= person.entered_at
        and sale.occurred_at < person.window_ends_at
    where person.run_id = %(run_id)s
    group by person.customer_id
) as bought
where member.run_id = %(run_id)s
    and member.customer_id = bought.customer_id
    and member.converted_at is distinct from bought.first_at

-- name: measure_events
-- The first event of the goal's name of each member inside the window, so far.
update campaigns.member
set converted_at = acted.first_at
from (
    select person.customer_id, min(event.occurred_at) as first_at
    from campaigns.member as person
    left join log.fact_event as event
        on event.customer_id = person.customer_id
        and event.name = %(goal)s
        and event.type = 'track'
        and event.occurred_at >= person.entered_at
        and event.occurred_at < person.window_ends_at
    where person.run_id = %(run_id)s
    group by person.customer_id
) as acted
where member.run_id = %(run_id)s
    and member.customer_id = acted.customer_id
    and member.converted_at is distinct from acted.first_at

-- name: open_windows
-- How many members have not entered, or have a window that is open.
select count(*) from campaigns.member
where run_id = %(run_id)s and (window_ends_at is null or window_ends_at > %(at)s)

-- name: outcomes
-- Whether each member did it inside the window.
select customer_id, converted_at is not null as converted
from campaigns.member
where run_id = %(run_id)s
order by customer_id

-- name: close_run
-- Every window has closed; the A/A replay is kept with the run.
update campaigns.run
set state = 'measured',
    measured_at = %(at)s,
    aa_salts = %(aa_salts)s,
    aa_rejections = %(aa_rejections)s,
    aa_customers = %(aa_customers)s
where run_id = %(run_id)s

-- name: touch_run
-- Conversions are counted up to this moment.
update campaigns.run set measured_at = %(at)s where run_id = %(run_id)s

-- name: sums
-- Members by arm: all, those whose window has passed, and those of them who did it.
select
    arm,
    count(*)::integer as assigned,
    (count(*) filter (where window_ends_at <= %(at)s::timestamptz))::integer as matured,
    (count(*) filter (where window_ends_at <= %(at)s::timestamptz and converted_at is not null))::integer as converted,
    (count(*) filter (where converted_at is not null))::integer as converted_so_far,
    max(window_ends_at) as last_window_ends_at
from campaigns.member
where run_id = %(run_id)s
group by arm

-- name: sums_of_all
-- The sums of every run.
select
    run_id,
    arm,
    count(*)::integer as assigned,
    (count(*) filter (where window_ends_at <= %(at)s::timestamptz))::integer as matured,
    (count(*) filter (where window_ends_at <= %(at)s::timestamptz and converted_at is not null))::integer as converted,
    (count(*) filter (where converted_at is not null))::integer as converted_so_far,
    max(window_ends_at) as last_window_ends_at
from campaigns.member
group by run_id, arm

-- name: add_run
-- A version launched once; a repeat changes nothing.
insert into campaigns.run (
    key, version, segment, goal, window_days, held_out_share, state, starts_at, launched_at, launched_by, filtered
)
values (
    %(key)s, %(version)s, %(segment)s, %(goal)s, %(window_days)s, %(held_out_share)s, 'scheduled',
    %(starts_at)s, %(at)s, %(by)s, %(filtered)s
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

-- name: pause_run
-- Nothing more leaves until it is resumed; why is kept. A repeat changes nothing.
update campaigns.run set paused_at = %(at)s, paused_by = %(by)s, paused_why = %(why)s
where run_id = %(run_id)s and state in ('scheduled', 'sending') and paused_at is null and cancelled_at is null

-- name: resume_run
update campaigns.run set paused_at = null, paused_by = null, paused_why = ''
where run_id = %(run_id)s and paused_at is not null and cancelled_at is null

-- name: cancel_run
-- What was scheduled does not start; what waits of one that is sending is given up by the next step.
update campaigns.run
set state = case when state = 'scheduled' then 'stopped' else state end,
    cancelled_at = %(at)s,
    cancelled_by = %(by)s
where run_id = %(run_id)s and state in ('scheduled', 'sending') and cancelled_at is null

-- name: uncancel_run
-- One that had not started waits for its moment again, if no later version took its place.
update campaigns.run set state = 'scheduled', cancelled_at = null, cancelled_by = null
where run.run_id = %(run_id)s and run.state = 'stopped' and run.cancelled_at is not null
    and run.started_at is null
    and not exists (
        select from campaigns.run as later where later.key = run.key and later.version > run.version
    )

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
where state = 'scheduled' and starts_at <= %(at)s and paused_at is null
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
-- Who is in a segment, in none of those left out, and has not entered this campaign before.
select membership.customer_id
from segments.fact_membership as membership
where membership.segment_key = %(segment)s and membership.left_at is null
    and not exists (
        select from campaigns.member
        where member.key = %(key)s and member.customer_id = membership.customer_id
    )
    and not exists (
        select from segments.fact_membership as left_out
        where left_out.segment_key = any(%(exclude)s::text[]) and left_out.left_at is null
            and left_out.customer_id = membership.customer_id
    )
order by membership.customer_id

-- name: admitted
-- Of these people, those in none of the segments left out who have not entered this campaign before.
select person.customer_id
from unnest(%(customer_ids)s::bigint[]) as person (customer_id)
where not exists (
        select from campaigns.member
        where member.key = %(key)s and member.customer_id = person.customer_id
    )
    and not exists (
        select from segments.fact_membership as left_out
        where left_out.segment_key = any(%(exclude)s::text[]) and left_out.left_at is null
            and left_out.customer_id = person.customer_id
    )
order by person.customer_id

-- name: not_excluded
-- Of these people, those in none of the segments left out.
select person.customer_id
from unnest(%(customer_ids)s::bigint[]) as person (customer_id)
where not exists (
    select from segments.fact_membership as left_out
    where left_out.segment_key = any(%(exclude)s::text[]) and left_out.left_at is null
        and left_out.customer_id = person.customer_id
)

-- name: not_answered
-- Who was sent a version of a campaign and, as a person and not as a machine, did not do what was asked.
select distinct send.customer_id
from messaging.fact_send as send
where send.source_kind = 'campaign' and send.source_key = %(campaign)s and send.source_version = %(version)s
    and send.state = 'sent'
    and (%(people)s::bigint[] is null or send.customer_id = any(%(people)s))
    and case %(who)s
        when 'not_converted' then not exists (
            select from campaigns.member
            where member.key = send.source_key and member.customer_id = send.customer_id
                and member.converted_at is not null
        )
        else not exists (
            select from messaging.fact_reaction as reaction
            where reaction.send_id = send.send_id and not reaction.machine
                and (
                    reaction.kind = 'clicked'
                    or %(who)s = 'not_opened' and reaction.kind in ('opened', 'viewed')
                )
        )
    end
order by send.customer_id

-- name: still_members
-- Of these customers, those who are in the segment now.
select customer_id
from segments.fact_membership
where segment_key = %(segment)s and left_at is null and customer_id = any(%(customer_ids)s)

-- name: freeze
-- The audience with its arms; gives those that no other version has.
insert into campaigns.member (run_id, key, customer_id, atom_id, arm)
select %(run_id)s, %(key)s, person.customer_id, person.customer_id, person.arm
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
    window_ends_at = send.decided_at + make_interval(hours => 24 * run.window_days),
    outside = send.reason is not distinct from 'global_holdout'
from campaigns.run, messaging.fact_send as send
where member.run_id = %(run_id)s
    and member.entered_at is null
    and run.run_id = member.run_id
    and send.source_kind = 'campaign'
    and send.source_key = run.key
    and send.source_version = run.version
    and send.atom_id = member.atom_id
    and send.decided_at is not null

-- name: hold_run
-- Nobody else decides meanwhile whether something of it is left to move.
select run_id from campaigns.run where run_id = %(run_id)s for update

-- name: finish_sending
-- A run of which nothing is left to move.
update campaigns.run set state = 'sent' where run_id = %(run_id)s and state = 'sending'

-- name: failed
-- How many messages of a run were refused.
select count(*) from messaging.fact_send
where source_kind = 'campaign' and source_key = %(key)s and source_version = %(version)s and state = 'failed'

-- name: send_on
-- A run that was through has something to move again.
update campaigns.run set state = 'sending'
where key = %(key)s and version = %(version)s and state in ('sent', 'measured')

-- name: measure
-- When each member first did it inside the window, so far, as the query given finds; each conversion is told to the log.
with changed as (
    update campaigns.member
    set converted_at = acted.first_at
    from (
        {acted}
    ) as acted
    where member.run_id = acted.run_id
        and member.atom_id = acted.atom_id
        and member.converted_at is distinct from acted.first_at
    returning member.run_id, member.atom_id, member.counted, member.arm, member.converted_at
),

told as materialized (
    select log.append(
        'campaigns:converted:' || run.key || ':' || run.version || ':' || changed.atom_id || ':'
        || (extract(epoch from changed.converted_at) * 1000000)::bigint,
        'regulars.campaigns.converted', changed.atom_id, changed.converted_at,
        jsonb_build_object('campaign', run.key, 'version', run.version, 'arm', changed.arm, 'goal', run.goal)
    )
    from changed
    inner join campaigns.run using (run_id)
    where changed.converted_at is not null and changed.counted
)

select run_id from changed where (select count(*) from told) >= 0

-- name: bought
-- By their first order; of one run, or of some people in all of them. What was imported as history was bought before,
-- whatever its instant says.
select person.run_id, person.atom_id, min(sale.occurred_at) as first_at
from campaigns.run
inner join campaigns.member as person using (run_id)
left join orders.fact_order as sale
    on sale.customer_id = person.customer_id
    and not sale.history
    and sale.occurred_at >= person.entered_at
    and sale.occurred_at < person.window_ends_at
    and sale.status <> 'cancelled'
where run.goal = %(goal)s and not run.filtered
    and (%(run_id)s::bigint is null or run.run_id = %(run_id)s)
    and (%(people)s::bigint[] is null or person.customer_id = any(%(people)s))
group by person.run_id, person.atom_id

-- name: acted
-- By the first event of the goal's name, by any of the person's profiles; the goal given is counted from orders instead.
select person.run_id, person.atom_id, min(event.occurred_at) as first_at
from campaigns.run
inner join campaigns.member as person using (run_id)
inner join customers.fact_person as profile on profile.person_id = person.customer_id
left join log.fact_event as event
    on event.customer_id = profile.customer_id
    and event.name = run.goal
    and event.type = 'track'
    and not event.history
    and event.occurred_at >= person.entered_at
    and event.occurred_at < person.window_ends_at
where run.goal <> %(goal)s and not run.filtered
    and (%(run_id)s::bigint is null or run.run_id = %(run_id)s)
    and (%(people)s::bigint[] is null or person.customer_id = any(%(people)s))
group by person.run_id, person.atom_id

-- name: acted_fitting
-- The same of one run that counts only events that fit; of an order, the event that told of it first.
select person.run_id, person.atom_id, min(fact.occurred_at) as first_at
from campaigns.run
inner join campaigns.member as person using (run_id)
left join lateral (
    select event.occurred_at, event.position, event.properties as told
    from customers.fact_person as profile
    inner join log.fact_event as event using (customer_id)
    where profile.person_id = person.customer_id
        and event.name = run.goal
        and event.type = 'track'
        and not event.history
        and event.occurred_at >= person.entered_at
        and event.occurred_at < person.window_ends_at
) as fact on {fits} and (
    run.goal <> %(goal)s
    or exists (
        select from orders.fact_order as sale
        where sale.position = fact.position and not sale.history and sale.status <> 'cancelled'
    )
)
where run.run_id = %(run_id)s
    and (%(people)s::bigint[] is null or person.customer_id = any(%(people)s))
group by person.run_id, person.atom_id

-- name: filtered_runs
-- Runs that count only events that fit, and have any of these people in them.
select run.* from campaigns.run
where run.filtered and exists (
    select from campaigns.member
    where member.run_id = run.run_id and member.customer_id = any(%(people)s::bigint[])
)
order by run.run_id

-- name: follow
-- Give each profile's entries to its person.
update campaigns.member set customer_id = moved.after
from unnest(%(atoms)s::bigint[], %(afters)s::bigint[]) as moved (atom_id, after)
where member.atom_id = moved.atom_id and member.customer_id <> moved.after

-- name: count_once
-- Of the rows of one person in a run the first counts; who is in both arms of a campaign is marked.
update campaigns.member set counted = fresh.counted, contaminated = fresh.contaminated
from (
    select
        run_id, atom_id,
        atom_id = min(atom_id) over (partition by run_id, customer_id) as counted,
        min(arm) over person <> max(arm) over person as contaminated
    from campaigns.member
    where customer_id = any(%(people)s)
    window person as (partition by key, customer_id)
) as fresh
where member.run_id = fresh.run_id
    and member.atom_id = fresh.atom_id
    and (member.counted, member.contaminated) is distinct from (fresh.counted, fresh.contaminated)

-- name: open_windows
-- How many members have not entered, or have a window that is open.
select count(*) from campaigns.member
where run_id = %(run_id)s and (window_ends_at is null or window_ends_at > %(at)s)

-- name: outcomes
-- Whether each person did it inside the window.
select customer_id, converted_at is not null as converted
from campaigns.member
where run_id = %(run_id)s and counted and not outside
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
-- People by arm: all, those whose window has passed, those of them who did it, and those who are in both arms.
select
    arm,
    (count(*) filter (where contaminated))::integer as contaminated,
    count(*)::integer as assigned,
    (count(*) filter (where window_ends_at <= %(at)s::timestamptz))::integer as matured,
    (count(*) filter (where window_ends_at <= %(at)s::timestamptz and converted_at is not null))::integer as converted,
    (count(*) filter (where converted_at is not null))::integer as converted_so_far,
    max(window_ends_at) as last_window_ends_at
from campaigns.member
where run_id = %(run_id)s and counted and not outside
group by arm

-- name: sums_of_all
-- The sums of every run.
select
    run_id,
    arm,
    (count(*) filter (where contaminated))::integer as contaminated,
    count(*)::integer as assigned,
    (count(*) filter (where window_ends_at <= %(at)s::timestamptz))::integer as matured,
    (count(*) filter (where window_ends_at <= %(at)s::timestamptz and converted_at is not null))::integer as converted,
    (count(*) filter (where converted_at is not null))::integer as converted_so_far,
    max(window_ends_at) as last_window_ends_at
from campaigns.member
where counted and not outside
group by run_id, arm

-- name: hold_state
-- Whoever writes memberships goes on when it is their turn.
select generation, at, writes, stale_after, sweep_due from segments.state for update

-- name: next_write
-- Number a write; business time never goes back in memberships.
update segments.state set at = greatest(at, %(at)s), writes = writes + 1 returning writes

-- name: begin_generation
update segments.state set generation = gen_random_uuid()

-- name: set_stale
update segments.state set stale_after = coalesce(stale_after, %(after)s)

-- name: set_fresh
update segments.state set stale_after = null

-- name: ask_sweep
update segments.state set sweep_due = %(due)s

-- name: set_due
update segments.segment set due = true where segment_id = any(%(ids)s) and not due

-- name: put_off
-- What is still to be asked of everybody.
select
    exists (select from segments.segment where due and live) as due,
    stale_after is not null as stale,
    sweep_due as sweep
from segments.state

-- name: alone_with_all
-- Whether nobody else asks everybody now; held until the transaction ends.
select pg_try_advisory_xact_lock(%(key)s)

-- name: head
select coalesce(max(position), 0) from log.fact_event

-- name: told_in
-- The persons of a range of the log whom it may concern, with what was told of each; who was never looked at, in any
-- case. Hops are counted of what may concern them, stays apart: their own stay is what the last step told. Of stays that
-- nobody asks, nobody is looked up: whoever has one was looked at.
select
    coalesce(merged.person_id, event.customer_id) as customer_id,
    coalesce(array_agg(distinct event.name) filter (where event.name = any(%(names)s)), '{}')
    || case when %(every)s and bool_or(event.source <> 'regulars') then '{*}' else '{}'::text[] end as names,
    coalesce(max(event.hops) filter (where event.name = any(%(stays)s)), 0) as hops_of_stays,
    coalesce(max(event.hops) filter (where event.name = any(%(names)s) and event.name <> all(%(stays)s)), 0)
        as hops_of_others,
    bool_or(wake.customer_id is null) as is_new
from log.fact_event as event
left join customers.fact_merged as merged using (customer_id)
left join segments.wake on coalesce(merged.person_id, event.customer_id) = wake.customer_id
where
    event.position > %(after)s and event.position <= %(to)s and event.customer_id is not null
    and (event.name <> all(%(untold)s) or event.source <> 'regulars')
group by coalesce(merged.person_id, event.customer_id)
having
    bool_or(event.name = any(%(names)s)) or bool_or(wake.customer_id is null)
    or %(every)s and bool_or(event.source <> 'regulars')

-- name: catalogue_told
-- Whether a range of the log tells that products are described otherwise.
select exists (
    select from log.fact_event
    where position > %(after)s and position <= %(to)s and name = 'regulars.orders.catalogue_changed'
)

-- name: past_people
-- Of some customers, those of whom history was told after a position, up to another.
select distinct person.person_id
from log.fact_event as event
inner join customers.fact_person as person using (customer_id)
where
    event.position > %(after)s and event.position <= %(to)s
    and event.history and not starts_with(event.name, 'regulars.')
    and person.person_id = any(%(people)s::bigint[])

-- name: unread_people
-- Of whom something was told after a position.
select distinct person.person_id
from log.fact_event as event
inner join customers.fact_person as person using (customer_id)
where event.position > %(after)s

-- name: due_people
-- Those whose time has come, the longest due first.
select customer_id from segments.wake where at <= %(at)s order by at limit %(limit)s

-- name: forget_waking
-- Nothing is kept with the log: nobody needs to be asked. Who is asked about what comes is noted again.
delete from segments.wake

-- name: differing
-- Ask conditions of all or some; note when time may next change an answer; give whose membership is another than the
-- conditions say.
with answer as materialized (
    select asked.customer_id, array[{held}]::integer[] as held, {next_at} as next_at
    from ({asked}) as asked
),

noted as (
    -- A row that stays as it is is not even locked.
    insert into segments.wake as wake (customer_id, at)
    select answer.customer_id, answer.next_at
    from answer left join segments.wake as known using (customer_id)
    where known.at is null or known.at > answer.next_at or %(exact)s and known.at <> answer.next_at
    on conflict (customer_id) do update
    set at = case when %(exact)s then excluded.at else least(wake.at, excluded.at) end
),

forgotten as (
    delete from segments.wake
    where {some_waking} and not exists (select from answer where answer.customer_id = wake.customer_id)
),

held as (
    select answer.customer_id, one.segment_id
    from answer cross join lateral unnest(answer.held) as one (segment_id)
    where one.segment_id is not null
),

present as (
    select segment_id, customer_id
    from ({stays}) as stay
    where left_at is null and segment_id = any(%(asked)s)
)

select held.segment_id, held.customer_id, true as came
from held left join present using (segment_id, customer_id)
where present.customer_id is null
union all
select present.segment_id, present.customer_id, false
from present left join held using (segment_id, customer_id)
where held.customer_id is null

-- name: present_in
-- Who is in some segments.
select segment_id, customer_id, false as came from segments.membership
where left_at is null and segment_id = any(%(ids)s)

-- name: present_of
-- Where some customers belong.
select segment_id, customer_id, false as came from segments.membership
where left_at is null and customer_id = any(%(people)s::bigint[])

-- name: present_people
-- Who is in one segment.
select customer_id from segments.membership
where segment_id = %(segment_id)s and left_at is null
order by customer_id

-- name: nobody_in
-- Memberships of those who are nobody's profile any more.
select membership.segment_id, membership.customer_id, false as came
from segments.membership
left join customers.fact_customer as customer using (customer_id)
where membership.left_at is null and customer.customer_id is null

-- name: existing
-- Of some customers, those who are there.
select customer_id from customers.fact_customer where customer_id = any(%(people)s::bigint[])

-- name: told_people
-- Of whom something was told after a position, as far as they are there.
select distinct person.person_id
from log.fact_event as event
inner join customers.fact_person as person using (customer_id)
inner join customers.fact_customer as customer on person.person_id = customer.customer_id
where event.position > %(after)s
order by person.person_id

-- name: stage_following
create temporary table segments_following (customer_id bigint, at timestamptz) on commit drop

-- name: note_following
-- Note when time may next change an answer; an earlier instant stays.
insert into segments.wake as wake (customer_id, at)
select following.customer_id, coalesce(min(following.at), 'infinity')
from pg_temp.segments_following as following
inner join customers.fact_customer as customer using (customer_id)
group by following.customer_id
on conflict (customer_id) do update set at = excluded.at where wake.at > excluded.at

-- name: unstage_following
drop table pg_temp.segments_following

-- name: depart
-- End stays and tell the log of those that are to be told.
with asked as (
    select segment_id, customer_id, is_told, is_past, hops
    from unnest(
        %(segments)s::integer[], %(people)s::bigint[], %(told)s::boolean[], %(past)s::boolean[], %(hops)s::integer[]
    ) as one (segment_id, customer_id, is_told, is_past, hops)
),

gone as (
    update segments.membership
    set left_at = greatest(%(at)s, membership.entered_at)
    from asked
    where
        membership.left_at is null
        and membership.segment_id = asked.segment_id and membership.customer_id = asked.customer_id
    returning
        membership.segment_id, membership.customer_id, membership.entered_at, asked.is_told, asked.is_past, asked.hops
),

told as materialized (
    select log.append(
        'segments:left:' || segment.segment_key || ':' || gone.customer_id || ':' || %(stamp)s,
        'regulars.segments.left', gone.customer_id, %(at)s::timestamptz,
        jsonb_strip_nulls(jsonb_build_object(
            'segment', segment.segment_key, 'title', segment.title, 'stage', segment.stage,
            'entered_at', gone.entered_at
        )),
        gone.hops, 1, gone.is_past
    )
    from gone
    inner join segments.segment using (segment_id)
    where gone.is_told
    order by gone.segment_id, gone.customer_id
)

select segment_id, count(*)::integer as customers
from gone
where (select count(*) from told) >= 0
group by segment_id

-- name: enter
-- Begin stays and tell the log of those that are to be told; the first members of a segment are no news.
with asked as (
    select segment_id, customer_id, is_told, is_past, hops
    from unnest(
        %(segments)s::integer[], %(people)s::bigint[], %(told)s::boolean[], %(past)s::boolean[], %(hops)s::integer[]
    ) as one (segment_id, customer_id, is_told, is_past, hops)
),

come as (
    insert into segments.membership (segment_id, approach_id, customer_id, entered_at)
    select asked.segment_id, segment.approach_id, asked.customer_id, %(at)s
    from asked
    inner join segments.segment using (segment_id)
    order by asked.customer_id, asked.segment_id
    returning segment_id, customer_id
),

told as materialized (
    select log.append(
        'segments:entered:' || segment.segment_key || ':' || come.customer_id || ':' || %(stamp)s,
        'regulars.segments.entered', come.customer_id, %(at)s::timestamptz,
        jsonb_strip_nulls(jsonb_build_object(
            'segment', segment.segment_key, 'title', segment.title, 'stage', segment.stage
        )),
        asked.hops, 1, segment.counted_at is null or asked.is_past
    )
    from come
    inner join asked using (segment_id, customer_id)
    inner join segments.segment using (segment_id)
    where asked.is_told
    order by come.segment_id, come.customer_id
)

select segment_id, count(*)::integer as customers
from come
where (select count(*) from told) >= 0
group by segment_id

-- name: count_moved
-- Add to how large segments are, and to who came and went in the hour; `whole` says that everybody was asked.
with change as (
    select segment_id, entered, departed
    from unnest(%(ids)s::integer[], %(entered)s::integer[], %(departed)s::integer[])
        as told (segment_id, entered, departed)
),

counted as (
    update segments.segment
    set
        members = segment.members + change.entered - change.departed,
        counted_at = case when %(whole)s then %(at)s else segment.counted_at end,
        due = segment.due and not %(whole)s
    from change
    where segment.segment_id = change.segment_id
    returning segment.segment_id, segment.members, change.entered, change.departed
)

insert into segments.size as size (segment_id, hour, at, members, entered, departed)
select segment_id, date_trunc('hour', %(at)s::timestamptz, 'UTC'), %(at)s, members, entered, departed from counted
on conflict (segment_id, hour) do update
set
    at = excluded.at, members = excluded.members, entered = size.entered + excluded.entered,
    departed = size.departed + excluded.departed

-- name: recount
-- Set right how large segments are; gives those that were counted wrong.
update segments.segment
set members = present.members
from (
    select known.segment_id, count(membership.customer_id)::integer as members
    from segments.segment as known
    left join segments.membership on known.segment_id = membership.segment_id and membership.left_at is null
    where known.segment_id = any(%(ids)s)
    group by known.segment_id
) as present
where segment.segment_id = present.segment_id and segment.members <> present.members
returning segment.segment_key

-- name: note_sweep
insert into segments.sweep (at, engine, seconds, customers, segments, differences, by_segment)
values (%(at)s, %(engine)s, %(seconds)s, %(customers)s, %(segments)s, %(differences)s, %(by_segment)s)

-- name: sweeps
-- What the sweeps found, the latest first.
select at, engine, seconds, customers, segments, differences, by_segment, swept_at
from segments.sweep
order by sweep_id desc
limit %(limit)s

-- name: forget_sweeps
-- Keep those of a year.
delete from segments.sweep where at < %(at)s - interval '366 days'

-- name: people_known
-- How many were ever looked at.
select count(*)::integer from segments.wake

-- name: behind
-- How far what is kept lies behind.
select
    (select count(*)::integer from segments.wake where at <= %(now)s) as due,
    (select count(*)::integer from segments.segment where due and live) as waiting,
    state.stale_after is not null as is_stale
from segments.state

-- name: movements
-- Who came and who went, the latest first.
select customer_id, at, way
from (
    (
        select customer_id, entered_at as at, 'entered' as way
        from segments.membership
        where
            segment_id = %(segment_id)s and coalesce(%(way)s, 'entered') = 'entered'
            and (
                %(before)s::timestamptz is null or entered_at < %(before)s
                or entered_at = %(before)s and ('entered', customer_id) > (%(after_way)s, %(after)s)
            )
        order by entered_at desc, customer_id
        limit %(limit)s
    )
    union all
    (
        select customer_id, left_at, 'left'
        from segments.membership
        where
            segment_id = %(segment_id)s and left_at is not null and coalesce(%(way)s, 'left') = 'left'
            and (
                %(before)s::timestamptz is null or left_at < %(before)s
                or left_at = %(before)s and ('left', customer_id) > (%(after_way)s, %(after)s)
            )
        order by left_at desc, customer_id
        limit %(limit)s
    )
) as moved
order by at desc, way, customer_id
limit %(limit)s

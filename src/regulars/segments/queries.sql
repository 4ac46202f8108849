-- name: lock
-- One refresh at a time; readers go on.
lock table segments.segment in share row exclusive mode

-- name: know_approaches
insert into segments.approach (approach_key)
select key from unnest(%(keys)s::text[]) as live (key)
on conflict (approach_key) do nothing

-- name: know_segments
-- Make the live segments and stages known, and those that are no longer live not live.
with told as (
    select key, title, approach, stage, place
    from unnest(
        %(keys)s::text[], %(titles)s::text[], %(approaches)s::text[], %(stages)s::text[], %(places)s::integer[]
    ) as live (key, title, approach, stage, place)
),

gone as (
    update segments.segment set live = false, counted_at = null
    where live and segment_key not in (select key from told)
)

insert into segments.segment as segment (segment_key, title, approach_id, stage, stage_place)
select told.key, told.title, approach.approach_id, told.stage, told.place
from told
left join segments.approach on told.approach = approach.approach_key
on conflict (segment_key) do update
set
    title = excluded.title, approach_id = excluded.approach_id, stage = excluded.stage,
    stage_place = excluded.stage_place, stage_id = null, live = true
where
    (segment.title, segment.approach_id, segment.stage, segment.stage_place, segment.live)
    is distinct from (excluded.title, excluded.approach_id, excluded.stage, excluded.stage_place, true)
    or segment.stage_id is not null

-- name: name_stages
-- Point the segments that are another name of a stage to it.
update segments.segment
set stage_id = stage.segment_id
from unnest(%(keys)s::text[], %(stage_keys)s::text[]) as told (key, stage_key)
inner join segments.segment as stage on stage.segment_key = told.stage_key
where segment.segment_key = told.key and segment.stage_id is distinct from stage.segment_id

-- name: ids
-- The number of each key.
select segment_key, segment_id from segments.segment where segment_key = any(%(keys)s)

-- name: last_refresh
select max(at) from segments.size

-- name: depart
-- End the stays of those who are no longer in, and tell the log: as history, when history came for them since the
-- refresh before.
with past as materialized (
    select distinct person.person_id
    from log.fact_event as event
    inner join customers.fact_person as person using (customer_id)
    where event.position > %(looked)s and event.history and not starts_with(event.name, 'regulars.')
),

gone as (
    update segments.membership
    set left_at = %(at)s
    where
        left_at is null
        and not exists (
            select from pg_temp.segment_now as present
            where
                present.segment_id = membership.segment_id
                and present.customer_id = membership.customer_id
        )
    returning segment_id, customer_id, entered_at
),

told as materialized (
    select gone.segment_id, log.append(
        'segments:left:' || segment.segment_key || ':' || gone.customer_id || ':' || %(stamp)s,
        'regulars.segments.left', gone.customer_id, %(at)s::timestamptz,
        jsonb_strip_nulls(jsonb_build_object(
            'segment', segment.segment_key, 'title', segment.title, 'stage', segment.stage,
            'entered_at', gone.entered_at
        )),
        0, 1, gone.customer_id in (select person_id from past)
    )
    from gone
    inner join segments.segment using (segment_id)
    order by gone.segment_id, gone.customer_id
)

select segment_id, count(*)::integer as customers from told group by segment_id

-- name: enter
-- Begin the stays of those who are newly in, and tell the log; a segment's first members are no news, and neither is
-- what imported history says of somebody.
with past as materialized (
    select distinct person.person_id
    from log.fact_event as event
    inner join customers.fact_person as person using (customer_id)
    where event.position > %(looked)s and event.history and not starts_with(event.name, 'regulars.')
),

come as (
    insert into segments.membership (segment_id, approach_id, customer_id, entered_at)
    select present.segment_id, segment.approach_id, present.customer_id, %(at)s
    from pg_temp.segment_now as present
    inner join segments.segment using (segment_id)
    where not exists (
        select from segments.membership
        where
            membership.segment_id = present.segment_id
            and membership.customer_id = present.customer_id
            and membership.left_at is null
    )
    order by present.customer_id, present.segment_id
    returning segment_id, customer_id
),

told as materialized (
    select come.segment_id, log.append(
        'segments:entered:' || segment.segment_key || ':' || come.customer_id || ':' || %(stamp)s,
        'regulars.segments.entered', come.customer_id, %(at)s::timestamptz,
        jsonb_strip_nulls(jsonb_build_object(
            'segment', segment.segment_key, 'title', segment.title, 'stage', segment.stage
        )),
        0, 1, segment.counted_at is null or come.customer_id in (select person_id from past)
    )
    from come
    inner join segments.segment using (segment_id)
    order by come.segment_id, come.customer_id
)

select segment_id, count(*)::integer as customers from told group by segment_id

-- name: count_sizes
-- Keep how large each segment is now; the same instant again adds to who came and went. Who came and went with merged
-- or split profiles since the refresh before is counted here.
with present as (
    select segment_id, count(*)::integer as members from pg_temp.segment_now group by segment_id
),

change as (
    select segment_id, entered, departed
    from unnest(%(ids)s::integer[], %(entered)s::integer[], %(departed)s::integer[])
        as told (segment_id, entered, departed)
),

kept as (
    insert into segments.size as size (segment_id, at, members, entered, departed)
    select
        change.segment_id, %(at)s, coalesce(present.members, 0), change.entered + segment.entered_between,
        change.departed + segment.departed_between
    from change
    inner join segments.segment using (segment_id)
    left join present using (segment_id)
    on conflict (segment_id, at) do update
    set
        members = excluded.members, entered = size.entered + excluded.entered,
        departed = size.departed + excluded.departed
    returning segment_id
)

update segments.segment set counted_at = %(at)s, entered_between = 0, departed_between = 0
from kept
where segment.segment_id = kept.segment_id

-- name: looked_at
-- Up to where the last refresh had the log in view.
select position from segments.looked_at

-- name: look
update segments.looked_at set position = %(position)s where position < %(position)s

-- name: unstage
drop table pg_temp.segment_now

-- name: find
-- A segment by its key, and the stage it stands for.
select
    segment.segment_key, stage_of.segment_id, segment.title, approach.approach_key, stage_of.stage,
    stage_of.counted_at
from segments.segment
inner join segments.segment as stage_of on stage_of.segment_id = coalesce(segment.stage_id, segment.segment_id)
left join segments.approach on stage_of.approach_id = approach.approach_id
where segment.segment_key = %(key)s and segment.live

-- name: sizes
-- Every live segment with its last size; stages in their order.
select
    segment.segment_key as key, segment.title, approach.approach_key as approach, stage_of.stage,
    segment.stage_id is not null as names_stage, coalesce(size.members, 0) as members,
    coalesce(size.entered, 0) as entered, coalesce(size.departed, 0) as departed, size.at
from segments.segment
inner join segments.segment as stage_of on stage_of.segment_id = coalesce(segment.stage_id, segment.segment_id)
left join segments.approach on stage_of.approach_id = approach.approach_id
left join segments.size on size.segment_id = stage_of.segment_id and size.at = stage_of.counted_at
where segment.live
order by approach.approach_key nulls last, names_stage, stage_of.stage_place, segment.segment_key

-- name: size_over_time
select at, members, entered, departed
from segments.size
where segment_id = %(segment_id)s
order by at

-- name: members
-- Present members, by customer.
select customer_id, entered_at
from segments.membership
where segment_id = %(segment_id)s and left_at is null and customer_id > %(after)s
order by customer_id
limit %(limit)s

-- name: was_member
-- Whether any profile of a person was in at an instant.
select exists (
    select from segments.membership
    where
        segment_id = %(segment_id)s
        and customer_id = any(
            array(select customer_id from customers.fact_person where person_id = %(customer_id)s)
            || %(customer_id)s::bigint
        )
        and entered_at <= %(at)s and (left_at is null or left_at > %(at)s)
)

-- name: stays
-- Every stay of one person, by any of their profiles, the latest first.
select
    segment.segment_key as key, segment.title, approach.approach_key as approach, segment.stage,
    membership.entered_at, membership.left_at
from segments.membership
inner join segments.segment using (segment_id)
left join segments.approach on segment.approach_id = approach.approach_id
where membership.customer_id = any(
    array(select customer_id from customers.fact_person where person_id = %(customer_id)s)
    || %(customer_id)s::bigint
)
order by membership.entered_at desc, segment.segment_key

-- name: depart_profiles
-- End the stays of people whose profiles were merged or split, as far as they are no longer in. Who is in as somebody
-- else now has not left.
with moved as (
    select before, after from unnest(%(before)s::bigint[], %(after)s::bigint[]) as pair (before, after)
),

past as materialized (
    select distinct person.person_id
    from log.fact_event as event
    inner join customers.fact_person as person using (customer_id)
    where event.position > %(looked)s and event.history and not starts_with(event.name, 'regulars.')
),

gone as (
    update segments.membership
    set left_at = greatest(%(at)s, entered_at)
    where
        left_at is null and customer_id = any(%(people)s)
        and not exists (
            select from pg_temp.segment_now as present
            where
                present.segment_id = membership.segment_id
                and present.customer_id = membership.customer_id
        )
    returning segment_id, customer_id, entered_at
),

told as materialized (
    select log.append(
        'segments:left:' || segment.segment_key || ':' || gone.customer_id || ':' || %(stamp)s,
        'regulars.segments.left', gone.customer_id, %(at)s::timestamptz,
        jsonb_strip_nulls(jsonb_build_object(
            'segment', segment.segment_key, 'title', segment.title, 'stage', segment.stage,
            'entered_at', gone.entered_at
        )),
        0, 1, gone.customer_id in (select person_id from past)
    )
    from gone
    inner join segments.segment using (segment_id)
    where not exists (
        select from moved
        inner join pg_temp.segment_now as present on present.customer_id = moved.after
        where moved.before = gone.customer_id and present.segment_id = gone.segment_id
    )
    order by gone.segment_id, gone.customer_id
)

update segments.segment set departed_between = departed_between + change.people
from (select segment_id, count(*)::integer as people from gone group by segment_id) as change
where segment.segment_id = change.segment_id and (select count(*) from told) >= 0

-- name: enter_profiles
-- Begin the stays of people whose profiles were merged or split; who was in as somebody else before has not come.
with moved as (
    select before, after from unnest(%(before)s::bigint[], %(after)s::bigint[]) as pair (before, after)
),

past as materialized (
    select distinct person.person_id
    from log.fact_event as event
    inner join customers.fact_person as person using (customer_id)
    where event.position > %(looked)s and event.history and not starts_with(event.name, 'regulars.')
),

come as (
    insert into segments.membership (segment_id, approach_id, customer_id, entered_at)
    select present.segment_id, segment.approach_id, present.customer_id, %(at)s
    from pg_temp.segment_now as present
    inner join segments.segment using (segment_id)
    where not exists (
        select from segments.membership
        where
            membership.segment_id = present.segment_id
            and membership.customer_id = present.customer_id
            and membership.left_at is null
    )
    order by present.customer_id, present.segment_id
    returning segment_id, customer_id
),

told as materialized (
    select log.append(
        'segments:entered:' || segment.segment_key || ':' || come.customer_id || ':' || %(stamp)s,
        'regulars.segments.entered', come.customer_id, %(at)s::timestamptz,
        jsonb_strip_nulls(jsonb_build_object(
            'segment', segment.segment_key, 'title', segment.title, 'stage', segment.stage
        )),
        0, 1, come.customer_id in (select person_id from past)
    )
    from come
    inner join segments.segment using (segment_id)
    where not exists (
        select from moved
        inner join segments.membership as was on was.customer_id = moved.before
        where
            moved.after = come.customer_id and was.segment_id = come.segment_id
            and (was.left_at is null or was.left_at = greatest(%(at)s, was.entered_at))
    )
    order by come.segment_id, come.customer_id
)

update segments.segment set entered_between = entered_between + change.people
from (select segment_id, count(*)::integer as people from come group by segment_id) as change
where segment.segment_id = change.segment_id and (select count(*) from told) >= 0

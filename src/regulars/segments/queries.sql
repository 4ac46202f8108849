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
    update segments.segment set live = false, counted_at = null, due = false
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
-- The number of each key, and whether everybody was asked once.
select segment_key, segment_id, counted_at is not null as is_counted
from segments.segment
where segment_key = any(%(keys)s)

-- name: gone_segments
-- Those with members that are no longer live, or another name of a stage now.
select segment_id from segments.segment where members > 0 and (not live or stage_id is not null)

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
-- Every live segment with its size, and who came and went in the day before it was last looked at; stages in their
-- order.
select
    segment.segment_key as key, segment.title, approach.approach_key as approach, stage_of.stage,
    segment.stage_id is not null as names_stage, stage_of.members,
    coalesce(moved.entered, 0) as entered, coalesce(moved.departed, 0) as departed, moved.at
from segments.segment
inner join segments.segment as stage_of on stage_of.segment_id = coalesce(segment.stage_id, segment.segment_id)
left join segments.approach on stage_of.approach_id = approach.approach_id
left join lateral (
    select max(size.at) as at, sum(size.entered)::integer as entered, sum(size.departed)::integer as departed
    from segments.size
    where
        size.segment_id = stage_of.segment_id
        and size.hour > (
            select max(last.at) - interval '1 day' from segments.size as last
            where last.segment_id = stage_of.segment_id
        )
) as moved on stage_of.counted_at is not null
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

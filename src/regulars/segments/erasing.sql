-- name: erase
-- The sizes that segments had stay; who was in them goes.
with gone as (
    delete from segments.membership where customer_id = any(%(atoms)s::bigint[])
    returning segment_id, left_at is null as is_present
),

counted as (
    update segments.segment
    set members = segment.members - present.members
    from (select segment_id, count(*)::integer as members from gone where is_present group by segment_id) as present
    where segment.segment_id = present.segment_id
)

select count(*)::integer from gone

-- name: erase_entries
delete from segments.list_entry where atom_id = any(%(atoms)s::bigint[])

-- name: erase_waking
delete from segments.wake where customer_id = any(%(atoms)s::bigint[])

-- name: erase_scores
delete from segments.score where customer_id = any(%(atoms)s::bigint[])

-- name: held
select segment.title as segment, membership.entered_at, membership.left_at
from segments.membership
inner join segments.segment using (segment_id)
where membership.customer_id = any(%(atoms)s::bigint[])
order by membership.entered_at, segment.title

-- name: held_entries
select entry.segment_key as list, segment.title, entry.added_at, entry.added_by, entry.until
from segments.list_entry as entry
left join segments.segment using (segment_key)
where entry.atom_id = any(%(atoms)s::bigint[])
order by entry.added_at, entry.segment_key

-- name: held_scores
select scoring.scoring_key as scoring, score.group_key as "group", score.since, score.until
from segments.score
inner join segments.scoring using (scoring_id)
where score.customer_id = any(%(atoms)s::bigint[])
order by scoring.scoring_key, score.since

-- name: erase
-- The sizes that segments had stay; who was in them goes.
delete from segments.membership where customer_id = any(%(atoms)s::bigint[])

-- name: held
select segment.title as segment, membership.entered_at, membership.left_at
from segments.membership
inner join segments.segment using (segment_id)
where membership.customer_id = any(%(atoms)s::bigint[])
order by membership.entered_at, segment.title

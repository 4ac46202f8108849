-- name: progress
-- How many sends of a source are in which state, and why; what waits for its hour is told apart.
select
    state, reason, sum(people)::integer as people, state = 'queued' and not_before > %(at)s as held,
    min(not_before) filter (where state = 'queued' and not_before > %(at)s) as next_at
from (
    select state, reason, coalesce(not_before, '-infinity') as not_before, sum(sends) as people
    from messaging.fact_send_sum
    where source_kind = 'campaign' and source_key = %(key)s and source_version = %(version)s
    group by state, reason, coalesce(not_before, '-infinity')
    having sum(sends) <> 0
) as stood
group by state, reason, state = 'queued' and not_before > %(at)s

-- name: returned
-- How many sends had each thing come back.
select told.kind, told.hard, sum(part.sends)::integer as people
from messaging.fact_answer_sum as part
cross join lateral (values
    ('delivered', false, part.delivered), ('deferred', false, part.deferred), ('bounced', true, part.bounced_hard),
    ('bounced', false, part.bounced_soft), ('complained', false, part.complained),
    ('unsubscribed', false, part.unsubscribed)
) as told (kind, hard, came)
where part.source_kind = 'campaign' and part.source_key = %(key)s and part.source_version = %(version)s and told.came
group by told.kind, told.hard

-- name: beat
-- Note how much moved just now.
insert into campaigns.pulse (run_id, at, moved) values (%(run_id)s, clock_timestamp(), %(moved)s)  -- wall clock

-- name: forget_beats
delete from campaigns.pulse where run_id = %(run_id)s and at < clock_timestamp() - interval '1 hour'  -- wall clock

-- name: rate
-- Moved a second, over the last minute in which anything moved.
select coalesce(sum(moved) / nullif(greatest(1, extract(epoch from max(at) - min(at))), 0), 0)::float8
from campaigns.pulse
where run_id = %(run_id)s and at > clock_timestamp() - interval '1 minute'  -- wall clock

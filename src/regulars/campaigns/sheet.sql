-- name: conflicts
-- Other campaigns that write to these people, or have written to them and still count what they do.
select
    run.key, run.version, run.state, run.starts_at, count(distinct member.customer_id)::integer as people
from campaigns.run
inner join campaigns.member using (run_id)
where run.key <> %(key)s and run.cancelled_at is null
    and member.customer_id = any(%(customer_ids)s::bigint[])
    and (
        run.state = 'sending'
        or run.state = 'sent' and member.window_ends_at > %(at)s
    )
group by run.run_id
order by people desc, run.key

-- name: planned
-- Campaigns that wait for their moment with a segment: how many of these people are in it now.
select
    run.key, run.version, run.state, run.starts_at, count(membership.customer_id)::integer as people
from campaigns.run
inner join segments.fact_membership as membership
    on membership.segment_key = run.segment and membership.left_at is null
    and membership.customer_id = any(%(customer_ids)s::bigint[])
where run.key <> %(key)s and run.state = 'scheduled' and run.starts_at < %(until)s
group by run.run_id
order by people desc, run.key

-- name: progress
-- How many sends of a source are in which state, and why; what waits for its hour is told apart.
select
    send.state, send.reason, count(*)::integer as people, send.state = 'queued' and send.not_before > %(at)s as held,
    min(send.not_before) filter (where send.state = 'queued' and send.not_before > %(at)s) as next_at
from messaging.fact_send as send
where send.source_kind = 'campaign' and send.source_key = %(key)s and send.source_version = %(version)s
group by send.state, send.reason, send.state = 'queued' and send.not_before > %(at)s

-- name: returned
-- How many sends had each thing come back, machines apart.
select reaction.kind, reaction.machine, reaction.hard, count(distinct reaction.send_id)::integer as people
from messaging.fact_reaction as reaction
where reaction.source_kind = 'campaign' and reaction.source_key = %(key)s and reaction.source_version = %(version)s
group by reaction.kind, reaction.machine, reaction.hard

-- name: domains
-- By the domain that people are written to, the largest first: how many, and what came of them.
select
    split_part(lower(person.email), '@', 2) as domain,
    count(*)::integer as people,
    (count(*) filter (where send.state = 'sent'))::integer as sent,
    (count(*) filter (where send.state in ('queued', 'claimed', 'handed')))::integer as waiting,
    (count(*) filter (where send.state = 'failed'))::integer as failed,
    (count(*) filter (where back.bounced))::integer as bounced
from messaging.fact_send as send
inner join customers.fact_customer as person on person.customer_id = send.customer_id
left join lateral (
    select bool_or(reaction.kind = 'bounced') as bounced
    from messaging.fact_reaction as reaction
    where reaction.send_id = send.send_id
) as back on true
where send.source_kind = 'campaign' and send.source_key = %(key)s and send.source_version = %(version)s
    and send.arm = 'treated' and person.email is not null
    and send.state in ('queued', 'claimed', 'handed', 'sent', 'failed')
group by 1
order by people desc, domain
limit %(limit)s

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

-- name: asked
-- By the domain that people are written to, the largest first: how many, and what came of them.
select
    split_part(lower(person.email), '@', 2) as domain,
    count(*)::integer as people,
    (count(*) filter (where send.state = 'sent'))::integer as sent,
    (count(*) filter (where send.state in ('queued', 'claimed', 'handed')))::integer as waiting,
    (count(*) filter (where send.state = 'failed'))::integer as failed
from messaging.fact_send as send
inner join customers.fact_customer as person on person.customer_id = send.customer_id
where send.source_kind = 'campaign' and send.source_key = %(key)s and send.source_version = %(version)s
    and send.arm = 'treated' and person.email is not null
    and send.state in ('queued', 'claimed', 'handed', 'sent', 'failed')
group by 1
order by people desc, domain
limit %(limit)s

-- name: bounced
-- How many messages to these domains came back.
select split_part(lower(person.email), '@', 2) as domain, count(distinct reaction.send_id)::integer as bounced
from messaging.fact_reaction as reaction
inner join customers.fact_customer as person on person.customer_id = reaction.customer_id
where reaction.source_kind = 'campaign' and reaction.source_key = %(key)s and reaction.source_version = %(version)s
    and reaction.kind = 'bounced' and split_part(lower(person.email), '@', 2) = any(%(domains)s::text[])
group by 1

-- name: counted
-- As they were counted last.
select domain, people, sent, waiting, failed
from campaigns.domain_count
where run_id = %(run_id)s
order by people desc, domain

-- name: counted_at
select counted_at from campaigns.domain_counted where run_id = %(run_id)s

-- name: due
-- Runs so large that nobody waits for their domains, of which more left or failed than was counted.
select run.run_id, run.key, run.version, stood.sends as stood
from campaigns.run
cross join lateral (
    select array[
        coalesce(sum(sends), 0), coalesce(sum(sends) filter (where part.state = 'sent'), 0),
        coalesce(sum(sends) filter (where part.state in ('queued', 'claimed', 'handed')), 0),
        coalesce(sum(sends) filter (where part.state = 'failed'), 0)
    ]::bigint[] as sends
    from messaging.fact_send_sum as part
    where part.source_kind = 'campaign' and part.source_key = run.key and part.source_version = run.version
) as stood
left join campaigns.domain_counted using (run_id)
where
    stood.sends[1] >= %(large)s and domain_counted.stood is distinct from stood.sends
    and (
        domain_counted.counted_at is null
        or domain_counted.counted_at < clock_timestamp() - make_interval(secs => %(pause_s)s)  -- wall clock
    )
order by run.run_id

-- name: forget
delete from campaigns.domain_count where run_id = %(run_id)s

-- name: keep
insert into campaigns.domain_count (run_id, domain, people, sent, waiting, failed)
select %(run_id)s, given.*
from unnest(%(domains)s::text[], %(people)s::integer[], %(sent)s::integer[], %(waiting)s::integer[], %(failed)s::integer[])
    as given (domain, people, sent, waiting, failed)

-- name: keep_moment
insert into campaigns.domain_counted (run_id, stood, counted_at)
values (%(run_id)s, %(stood)s, clock_timestamp())  -- wall clock
on conflict (run_id) do update set stood = excluded.stood, counted_at = excluded.counted_at

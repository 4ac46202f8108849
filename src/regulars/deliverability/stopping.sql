-- name: standing
-- How many messages of a source left since it was last allowed to go on, and what came back of those.
with last as (
    select coalesce(max(resumed_at), '-infinity') as resumed_at
    from deliverability.stop
    where source_id = %(source_id)s
),

sent as (
    select count(*)::bigint as attempts
    from messaging.fact_sent_to, last
    where
        source_id = %(source_id)s and state in ('handed', 'sent', 'in_doubt', 'failed')
        and decided_at > last.resumed_at
),

back as (
    select
        count(distinct bounce.send_id) filter (where kind in ('hard', 'block'))::bigint as bounced,
        count(distinct bounce.send_id) filter (where kind = 'complaint')::bigint as complained
    from deliverability.bounce
    inner join messaging.fact_sent_to as sent_to on sent_to.send_id = bounce.send_id
    cross join last
    where bounce.source_id = %(source_id)s and sent_to.decided_at > last.resumed_at
)

select sent.attempts, back.bounced, back.complained from sent cross join back

-- name: stop
insert into deliverability.stop (source_id, reason, at)
values (%(source_id)s, %(reason)s, %(at)s)
on conflict do nothing

-- name: resume
update deliverability.stop
set resumed_at = greatest(%(at)s, at), resumed_by = %(by)s, resume_reason = %(reason)s
where source_id = %(source_id)s and resumed_at is null

-- name: stops
select
    stop.source_id, stop.reason, stop.at, stop.resumed_at, stop.resumed_by, stop.resume_reason
from deliverability.stop
where %(source_id)s::bigint is null or stop.source_id = %(source_id)s
order by stop.stop_id desc
limit %(limit)s

-- name: open_stops
select stop.source_id, stop.reason, stop.at, stop.resumed_at, stop.resumed_by, stop.resume_reason
from deliverability.stop
where resumed_at is null
order by stop.stop_id desc

-- name: lately
-- Sources of which something came back lately: others need no looking at.
select distinct source_id from deliverability.bounce where at > %(since)s order by source_id

-- name: by_domain
select
    domain,
    count(distinct send_id) filter (where kind = 'hard')::bigint as hard,
    count(distinct send_id) filter (where kind = 'soft')::bigint as soft,
    count(distinct send_id) filter (where kind = 'block')::bigint as block,
    count(distinct send_id) filter (where kind = 'complaint')::bigint as complained
from deliverability.bounce
where source_id = %(source_id)s and kind <> 'auto_reply'
group by domain
order by count(*) desc, domain

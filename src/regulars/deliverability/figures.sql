-- name: by_day
-- What left each day by e-mail channels that are no recording, and what came back by its kind.
with days as (
    select day::date as day
    from generate_series(%(first)s::date, %(last)s::date, interval '1 day') as day
),

sent as (
    select (decided_at at time zone %(zone)s)::date as day, count(*)::bigint as sent
    from messaging.fact_sent_to
    where
        decided_at >= %(since)s and state in ('sent', 'in_doubt')
        and (%(channel)s::text is null or channel = %(channel)s)
    group by 1
),

back as (
    select
        (at at time zone %(zone)s)::date as day,
        count(*) filter (where kind = 'hard')::bigint as hard,
        count(*) filter (where kind = 'soft')::bigint as soft,
        count(*) filter (where kind = 'block')::bigint as block,
        count(*) filter (where kind = 'complaint')::bigint as complained
    from deliverability.bounce
    where at >= %(since)s and (%(channel)s::text is null or channel = %(channel)s)
    group by 1
)

select
    days.day, coalesce(sent.sent, 0) as sent, coalesce(back.hard, 0) as hard, coalesce(back.soft, 0) as soft,
    coalesce(back.block, 0) as block, coalesce(back.complained, 0) as complained
from days
left join sent using (day)
left join back using (day)
order by days.day

-- name: by_domain
select
    domain,
    count(*) filter (where kind = 'hard')::bigint as hard,
    count(*) filter (where kind = 'soft')::bigint as soft,
    count(*) filter (where kind = 'block')::bigint as block,
    count(*) filter (where kind = 'complaint')::bigint as complained
from deliverability.bounce
where at >= %(since)s and kind <> 'auto_reply' and (%(channel)s::text is null or channel = %(channel)s)
group by domain
order by count(*) desc, domain
limit %(limit)s

-- name: codes
select kind, code, count(*)::bigint as times, max(detail) as detail
from deliverability.bounce
where at >= %(since)s and kind in ('hard', 'soft', 'block')
group by kind, code
order by times desc, kind, code
limit %(limit)s

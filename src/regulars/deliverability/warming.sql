-- name: alone
-- Who claims of a channel that is being warmed up comes one after the other, so that together they keep the day.
select pg_advisory_xact_lock(hashtextextended('deliverability.warm_up/' || %(channel)s, 0))

-- name: kept
-- What was worked out for a day; a plan that is through stays so.
select most
from deliverability.warm_up_day
where channel_key = %(channel)s and plan = %(plan)s and (day = %(day)s or (day < %(day)s and most is null))
order by day desc
limit 1

-- name: keep
insert into deliverability.warm_up_day (channel_key, plan, day, most)
values (%(channel)s, %(plan)s, %(day)s, %(most)s)
on conflict do nothing

-- name: left_since
-- What left by a channel since an instant, and what is about to.
select count(*)::bigint
from messaging.fact_sent_to
where
    channel = %(channel)s
    and (
        (decided_at >= %(since)s and state in ('handed', 'sent', 'in_doubt', 'failed'))
        or state = 'claimed'
    )

-- name: by_day
-- What left by a channel on each of its days, and what came back of that.
with sent as (
    select (decided_at at time zone %(zone)s)::date as day, count(*)::bigint as left_that_day
    from messaging.fact_sent_to
    where
        channel = %(channel)s and decided_at >= %(since)s and decided_at < %(until)s
        and state in ('handed', 'sent', 'in_doubt', 'failed')
    group by 1
),

back as (
    select
        (fact_sent_to.decided_at at time zone %(zone)s)::date as day,
        count(distinct bounce.send_id) filter (where bounce.kind in ('hard', 'soft', 'block'))::bigint as bounced,
        count(distinct bounce.send_id) filter (where bounce.kind = 'complaint')::bigint as complained
    from deliverability.bounce
    inner join messaging.fact_sent_to using (send_id)
    where
        bounce.channel = %(channel)s and fact_sent_to.decided_at >= %(since)s and fact_sent_to.decided_at < %(until)s
    group by 1
)

select
    sent.day, sent.left_that_day as sent, coalesce(back.bounced, 0) as bounced,
    coalesce(back.complained, 0) as complained
from sent
left join back using (day)
order by sent.day

-- name: sent_lately
-- How much marketing left, or may have, in a span.
select count(*)
from messaging.send
inner join messaging.source using (source_id)
where
    source.purpose = 'marketing' and send.state in ('handed', 'sent', 'in_doubt')
    and send.decided_at >= %(since)s and send.decided_at <= %(at)s

-- name: over_cap_lately
-- How much of that a cap would have kept back: of each person and span what came after the first so many.
with heard as (
    select
        send.customer_id, send.send_id, send.decided_at,
        send.decided_at at time zone coalesce(known.name, %(zone)s) as local
    from messaging.send
    inner join messaging.source using (source_id)
    left join customers.fact_customer as person using (customer_id)
    left join pg_timezone_names as known
        on known.name = coalesce(person.traits ->> 'zone', person.traits ->> 'timezone')
    where
        source.purpose = 'marketing' and source.capped and send.state in ('handed', 'sent', 'in_doubt')
        and send.decided_at >= %(since)s and send.decided_at <= %(at)s
        and source.medium = any(%(media)s) and (%(topic)s::text is null or source.topic = %(topic)s)
),

placed as (
    select
        row_number() over (
            partition by customer_id, date_trunc(%(span)s, local) order by decided_at, send_id
        ) as in_span,
        count(*) over (
            partition by customer_id order by decided_at
            range between make_interval(hours => %(hours)s) preceding and current row
        ) as in_hours
    from heard
)

select count(*) from placed where case when %(hours)s > 0 then in_hours else in_span end > %(n)s

-- name: quiet_lately
-- How much of that left at quiet hours by the clock of who got it.
select count(*)
from (
    select (send.decided_at at time zone coalesce(known.name, %(zone)s))::time as local
    from messaging.send
    inner join messaging.source using (source_id)
    left join customers.fact_customer as person using (customer_id)
    left join pg_timezone_names as known
        on known.name = coalesce(person.traits ->> 'zone', person.traits ->> 'timezone')
    where
        source.purpose = 'marketing' and send.state in ('handed', 'sent', 'in_doubt')
        and send.decided_at >= %(since)s and send.decided_at <= %(at)s and source.medium = any(%(media)s)
) as heard
where case
    when %(starts)s::time < %(ends)s::time then local >= %(starts)s::time and local < %(ends)s::time
    else local >= %(starts)s::time or local < %(ends)s::time
end

-- name: held_out_lately
-- How much of that went to who would have been held out of all marketing.
select count(*)
from messaging.send
inner join messaging.source using (source_id)
where
    source.purpose = 'marketing' and send.state in ('handed', 'sent', 'in_doubt')
    and send.decided_at >= %(since)s and send.decided_at <= %(at)s
    and mod(
        ('x' || lpad(substr(md5(%(salt)s || ':' || send.customer_id::text), 1, 8), 16, '0'))::bit(64)::bigint, 10000
    ) < %(share)s

-- name: limited
-- A part of other statements: of the people in `matched`, who gets no marketing by a medium for now, being held out of all
-- of it or having heard as often as a cap allows. The bucket and the counting are those of the checks before a send.
select matched.customer_id, asked.medium
from matched
cross join unnest(%(limit_media)s::text[]) as asked (medium)
where
    %(limit_share)s > 0 and mod(
        ('x' || lpad(substr(md5(%(limit_salt)s || ':' || matched.customer_id::text), 1, 8), 16, '0'))::bit(64)::bigint, 10000
    ) < %(limit_share)s
union
select full_cap.customer_id, asked.medium
from (
    select heard.customer_id, cap.medium
    from (
        select
            send.customer_id, send.decided_at, source.medium,
            case
                when coalesce(person.traits ->> 'zone', person.traits ->> 'timezone') = any(%(limit_zones)s::text[])
                    then coalesce(person.traits ->> 'zone', person.traits ->> 'timezone')
                else %(limit_zone)s
            end as zone
        from matched
        inner join messaging.send
            on send.customer_id = matched.customer_id and send.state in ('handed', 'sent', 'in_doubt')
            and send.decided_at >= %(limit_earliest)s
        inner join messaging.source using (source_id)
        inner join customers.fact_customer as person on person.customer_id = matched.customer_id
        where source.capped
    ) as heard
    inner join unnest(%(limit_caps)s::integer[], %(limit_span_zones)s::text[], %(limit_sinces)s::timestamptz[])
        as span (cap, zone, since) on span.zone = heard.zone and heard.decided_at >= span.since
    inner join unnest(%(limit_cap_places)s::integer[], %(limit_ns)s::integer[], %(limit_cap_media)s::text[])
        as cap (cap, n, medium)
        on cap.cap = span.cap
        and case when cap.medium = '' then heard.medium in ('email', 'sms', 'push') else heard.medium = cap.medium end
    group by heard.customer_id, cap.cap, cap.n, cap.medium
    having count(*) >= cap.n
) as full_cap
inner join unnest(%(limit_media)s::text[]) as asked (medium)
    on case when full_cap.medium = '' then asked.medium in ('email', 'sms', 'push') else asked.medium = full_cap.medium end

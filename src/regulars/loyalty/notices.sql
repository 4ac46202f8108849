-- name: tell_expiring
-- Tells each member once of what ends on a local day up to an instant: by its lots' validity, by inactivity, or since the
-- programme closes. What ends on one day is one sum.
with ending as (
    select l.member_id, l.currency_id, l.remaining, coalesce(e.ends, l.expires_at) as ends,
        case when e.ends is null then 'validity' else e.because end as because
    from loyalty.lot l
    join loyalty.member m on m.id = l.member_id and m.closed_at is null
    left join lateral (
        select x.ends, x.because from (
            values (m.inactive_from, 'inactivity'), (%(spend_until)s::timestamptz, 'closing')
        ) as x (ends, because)
        where x.ends < l.expires_at or l.expires_at is null and x.ends is not null order by x.ends limit 1
    ) e on true
    where l.programme_id = %(programme_id)s and not l.spent and not l.pending
        and (%(everything)s or l.expires_at <= %(until)s)
), near as (
    select n.member_id, n.currency_id, ((n.ends - interval '1 microsecond') at time zone %(zone)s)::date as day,
        sum(n.remaining)::bigint as points, min(n.ends) as ends_at, min(n.because) as because
    from ending n where n.ends > %(at)s and n.ends <= %(until)s
    group by n.member_id, n.currency_id, 3
), fresh as (
    insert into loyalty.expiry_notice (member_id, currency_id, day, points)
    select n.member_id, n.currency_id, n.day, n.points from near n order by n.member_id, n.currency_id, n.day
    on conflict do nothing
    returning member_id, currency_id, day
), told as (
    select log.append(
        'regulars.loyalty.points_expiring/' || p.key || '/' || m.customer_id || '/' || c.code || '/' || n.day,
        'regulars.loyalty.points_expiring', m.customer_id, %(at)s::timestamptz,
        jsonb_build_object('programme', p.key, 'points', n.points, 'currency', c.code, 'last_day', n.day,
            'ends_at', n.ends_at, 'because', n.because))
    from fresh f
    join near n using (member_id, currency_id, day)
    join loyalty.member m on m.id = f.member_id
    join loyalty.currency c on c.id = f.currency_id
    join loyalty.programme p on p.id = m.programme_id
)
select count(*)::int from told

-- name: forget
-- Notices of days long over are of no use.
delete from loyalty.expiry_notice where day < %(day)s

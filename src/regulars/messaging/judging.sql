-- name: facts
-- What the checks need to know of some people, a row for each send: where it would go, whether that is suppressed, and
-- whether the person is held out of all marketing. The bucket is that of conditions, so that a segment can name them.
with written as materialized (
    select
        asked.send_id, asked.customer_id, asked.arm, person.customer_id is not null as known,
        case
            when %(medium)s = 'email' then person.email
            when %(medium)s = 'sms' then person.phone
            else given.address
        end as address
    from unnest(%(send_ids)s::bigint[], %(customer_ids)s::bigint[], %(arms)s::text[])
        as asked (send_id, customer_id, arm)
    left join customers.fact_customer as person using (customer_id)
    left join unnest(%(reached)s::bigint[], %(addresses)s::text[]) as given (customer_id, address) using (customer_id)
),

hashed as materialized (
    select
        written.*,
        case when written.address <> '' then sha256(
            secret.outer_key
            || sha256(secret.inner_key || convert_to(messaging.normalised(written.address), 'UTF8'))
        ) end as address_hash
    from written
    cross join messaging.secret
)

select
    hashed.send_id, hashed.customer_id, hashed.arm, hashed.known, nullif(hashed.address, '') as address,
    hashed.address_hash,
    exists (
        select from messaging.suppression
        where suppression.channel = %(medium)s and suppression.address_hash = hashed.address_hash
    ) as suppressed,
    case when %(share)s > 0 then mod(
        ('x' || lpad(substr(md5(%(salt)s || ':' || hashed.customer_id::text), 1, 8), 16, '0'))::bit(64)::bigint, 10000
    ) < %(share)s else false end as held_back
from hashed

-- name: second
-- Of these sends those ahead of which another row of the same person comes: one that went further, or of those that
-- wait the earlier.
select send.send_id
from messaging.send
where
    send.send_id = any(%(send_ids)s)
    and exists (
        select from messaging.send as other
        where
            other.source_id = send.source_id and other.customer_id = send.customer_id and other.entry = send.entry
            and other.send_id <> send.send_id
            and (
                other.state in ('handed', 'sent', 'in_doubt', 'held_out')
                or other.state in ('queued', 'claimed') and other.send_id < send.send_id
            )
    )

-- name: over_cap
-- Of these people those who heard as often as a cap allows: the first cap that is full, and how often they heard. A cap
-- counts from another instant in each zone.
with asked as materialized (
    select * from unnest(%(customer_ids)s::bigint[], %(zones)s::text[]) as asked (customer_id, zone)
),

span as materialized (
    select * from unnest(%(caps)s::integer[], %(span_zones)s::text[], %(sinces)s::timestamptz[])
        as span (cap, zone, since)
),

cap as materialized (
    select * from unnest(
        %(cap_places)s::integer[], %(ns)s::integer[], %(cap_media)s::text[], %(cap_topics)s::text[]
    ) as cap (cap, n, medium, topic)
),

heard as materialized (
    select asked.customer_id, asked.zone, send.decided_at, source.medium, source.topic
    from asked
    inner join messaging.send
        on send.customer_id = asked.customer_id and send.state in ('handed', 'sent', 'in_doubt')
        and send.decided_at >= %(earliest)s
    inner join messaging.source using (source_id)
    where source.capped
),

full_cap as (
    select heard.customer_id, cap.cap, count(*)::integer as heard
    from heard
    inner join span on span.zone = heard.zone and heard.decided_at >= span.since
    inner join cap
        on cap.cap = span.cap
        and case when cap.medium = '' then heard.medium in ('email', 'sms', 'push') else heard.medium = cap.medium end
        and (cap.topic is null or cap.topic = heard.topic)
    group by heard.customer_id, cap.cap, cap.n
    having count(*) >= cap.n
)

select distinct on (customer_id) customer_id, cap, heard from full_cap order by customer_id, cap

-- name: outranked
-- Of these messages those ahead of which another of the same person goes: one of at least its rank that went inside the
-- window, or one that waits with a higher rank, of equal ones the earlier. `until` is when that one is due, and empty
-- where it went.
select distinct on (mine.send_id)
    mine.send_id, source.kind, source.key, source.priority,
    case when other.state = 'queued' then greatest(other.not_before, other.queued_at) end as until
from unnest(%(send_ids)s::bigint[], %(customer_ids)s::bigint[]) as mine (send_id, customer_id)
inner join lateral (
    select send.source_id, send.send_id, send.state, send.not_before, send.queued_at
    from messaging.send
    where
        send.customer_id = mine.customer_id and send.state in ('handed', 'sent', 'in_doubt')
        and send.decided_at > %(since)s
    union all
    select send.source_id, send.send_id, send.state, send.not_before, send.queued_at
    from messaging.send
    where
        send.customer_id = mine.customer_id and send.state = 'queued' and send.arm = 'treated'
        and greatest(send.not_before, send.queued_at) > %(since)s and send.not_before <= %(until)s
) as other on other.send_id <> mine.send_id
inner join messaging.source using (source_id)
where
    source.capped and source.medium in ('email', 'sms', 'push')
    and case
        when other.state = 'queued'
            then not source.paused and (
                source.priority > %(priority)s or source.priority = %(priority)s and other.send_id < mine.send_id
            )
        else source.priority >= %(priority)s
    end
order by mine.send_id, other.state = 'queued', source.priority desc, other.send_id

-- name: one_policy_at_a_time
-- Until the commit nobody else decides about messages that caps count: two campaigns could otherwise pass side by side.
select pg_advisory_xact_lock(7246024, 0)

-- name: one_at_a_time
-- Until the commit nobody else decides about this source: two profiles with one address could otherwise pass side by
-- side.
select pg_advisory_xact_lock(7246022, hashint8(%(source_id)s))

-- name: taken_addresses
-- Of these addresses and entries those to which this source has already sent, or may have.
select send.address_hash, send.entry
from unnest(%(hashes)s::bytea[], %(entries)s::bigint[]) as asked (address_hash, entry)
inner join messaging.send
    on send.source_id = %(source_id)s and send.entry = asked.entry and send.address_hash = asked.address_hash
    and send.state in ('handed', 'sent', 'in_doubt')

-- name: cap_figures
-- How often one person had heard at an instant, what caps count of it; of one send itself nothing.
select cap.cap, count(send.send_id)::integer as heard
from unnest(
    %(cap_places)s::integer[], %(sinces)s::timestamptz[], %(cap_media)s::text[], %(cap_topics)s::text[]
) as cap (cap, since, medium, topic)
left join (
    select send.send_id, send.decided_at, source.medium, source.topic
    from messaging.send
    inner join messaging.source using (source_id)
    where
        send.customer_id = %(customer_id)s and send.state in ('handed', 'sent', 'in_doubt') and source.capped
        and send.decided_at <= %(at)s and send.send_id <> %(send_id)s
) as send
    on send.decided_at >= cap.since
    and case when cap.medium = '' then send.medium in ('email', 'sms', 'push') else send.medium = cap.medium end
    and (cap.topic is null or cap.topic = send.topic)
group by cap.cap
order by cap.cap

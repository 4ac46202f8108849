-- name: listed
-- A page of the addresses nothing is sent to, the latest first, each with one of those who have it now. Whose hash is
-- kept of an erasure is not looked for. The hashes of all customers are made for it: about a second for a million.
with shown as materialized (
    select channel, address_hash, reason, suppressed_at
    from messaging.suppression
    where (%(reasons)s::text[] is null or reason = any(%(reasons)s))
        and (%(channel)s::text is null or channel = %(channel)s)
        and (%(hash)s::bytea is null or address_hash = %(hash)s)
        and (%(since)s::timestamptz is null or suppressed_at >= %(since)s)
        and (%(until)s::timestamptz is null or suppressed_at < %(until)s)
        and (
            %(before)s::timestamptz is null
            or (suppressed_at, channel, address_hash) < (%(before)s, %(before_channel)s, %(before_hash)s)
        )
    order by suppressed_at desc, channel desc, address_hash desc
    limit %(limit)s
),

known as (
    select distinct on (shown.channel, shown.address_hash)
        shown.channel, shown.address_hash, person.customer_id, way.address
    from customers.fact_customer as person
    cross join messaging.secret
    cross join lateral (values ('email', person.email), ('sms', person.phone)) as way (channel, address)
    inner join shown on shown.channel = way.channel and shown.reason <> 'erased' and shown.address_hash = sha256(
        secret.outer_key || sha256(secret.inner_key || convert_to(messaging.normalised(way.address), 'UTF8'))
    )
    where way.address <> ''
    order by shown.channel, shown.address_hash, person.customer_id
)

select shown.channel, shown.address_hash, shown.reason, shown.suppressed_at, known.customer_id, known.address
from shown
left join known using (channel, address_hash)
order by shown.suppressed_at desc, shown.channel desc, shown.address_hash desc

-- name: lift_hash
delete from messaging.suppression where channel = %(channel)s and address_hash = %(hash)s

-- name: reasons
-- Why anything was ever suppressed, of what is still on the list.
select distinct reason from messaging.suppression order by reason

-- name: enrol
-- Makes the missing ones members with their accounts; they joined before, so it is told as history.
with fresh as (
    insert into loyalty.member (programme_id, customer_id, joined_at, booked_at, terms_version, joined_by)
    select %(programme_id)s::int, told.customer_id, told.joined_at, %(at)s::timestamptz, %(terms)s, 'opening balance'
    from unnest(%(customers)s::bigint[], %(joined)s::timestamptz[]) as told (customer_id, joined_at)
    order by told.customer_id
    on conflict (programme_id, customer_id) do nothing
    returning id, customer_id, joined_at
), accounts as (
    insert into loyalty.account (programme_id, currency_id, kind, member_id, customer_id, balance)
    select %(programme_id)s, c.id, kinds.kind, fresh.id, fresh.customer_id, 0
    from fresh
    cross join loyalty.currency c
    cross join unnest(array['pending', 'active', 'debt']) as kinds (kind)
    where c.programme_id = %(programme_id)s
), tiers as (
    insert into loyalty.member_tier (member_id, programme_id, customer_id, tier_set, tier, since)
    select fresh.id, s.programme_id, fresh.customer_id, s.key, 1, fresh.joined_at
    from fresh join loyalty.tier_set s on s.programme_id = %(programme_id)s and not s.retired
)
select log.append(
    'regulars.loyalty.joined/' || p.key || '/' || fresh.customer_id, 'regulars.loyalty.joined', fresh.customer_id,
    fresh.joined_at,
    jsonb_build_object('programme', p.key, 'terms_version', %(terms)s::text, 'by', 'opening balance'), 1, 1, true)
from fresh join loyalty.programme p on p.id = %(programme_id)s

-- name: open
-- One award a row, in the order of customers, so that two writers lock alike; gives each key with its outcome.
select told.key, posted.outcome
from (
    select * from unnest(
        %(customers)s::bigint[], %(amounts)s::bigint[], %(keys)s::text[], %(earned)s::timestamptz[],
        %(expires)s::timestamptz[], %(reasons)s::text[], %(fields)s::jsonb[]
    ) as given (customer_id, amount, key, earned_at, expires_at, reason, fields)
    order by customer_id, key
    offset 0
) as told
join loyalty.currency c on c.programme_id = %(programme_id)s and c.code = %(currency)s
cross join lateral loyalty.post_award(
    c.programme_id, c.id, told.customer_id, told.amount, told.key, told.earned_at, %(at)s, told.earned_at,
    told.expires_at, told.reason, %(actor)s, told.fields) as posted

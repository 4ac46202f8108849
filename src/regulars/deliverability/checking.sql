-- name: keep
-- The newest answers on a channel; since when each state holds, and when what was right went wrong.
with told as (
    select given.*
    from unnest(
        %(items)s::text[], %(domains)s::text[], %(states)s::text[], %(founds)s::text[], %(wanteds)s::text[],
        %(records)s::jsonb[]
    ) as given (item, domain, state, found, wanted, records)
),

changed as (
    insert into deliverability.finding_change (channel_key, item, state, found, at)
    select %(channel)s, told.item, told.state, told.found, %(now)s
    from told
    left join deliverability.finding on finding.channel_key = %(channel)s and finding.item = told.item
    where told.state <> 'unasked' and finding.state is distinct from told.state
)

insert into deliverability.finding as kept (
    channel_key, item, domain, state, found, wanted, records, checked_at, since
)
select %(channel)s, told.item, told.domain, told.state, told.found, told.wanted, told.records, %(now)s, %(now)s
from told
order by told.item
on conflict (channel_key, item) do update set
    domain = excluded.domain,
    -- That nobody answered says nothing of what stands there.
    state = case when excluded.state = 'unasked' and kept.state <> 'unasked' then kept.state else excluded.state end,
    found = excluded.found,
    wanted = case when excluded.state = 'unasked' then kept.wanted else excluded.wanted end,
    records = case when excluded.state = 'unasked' then kept.records else excluded.records end,
    checked_at = excluded.checked_at,
    since = case
        when excluded.state in (kept.state, 'unasked') then kept.since else excluded.since
    end,
    fell_at = case
        when excluded.state = 'ok' then null
        when excluded.state in ('missing', 'wrong') and kept.state = 'ok' then excluded.checked_at
        else kept.fell_at
    end

-- name: forget_others
-- What is no longer asked of a channel.
delete from deliverability.finding where channel_key = %(channel)s and not item = any(%(items)s)

-- name: forget_channels
delete from deliverability.finding where not channel_key = any(%(channels)s)

-- name: findings
select channel_key, item, domain, state, found, wanted, records, checked_at, since, fell_at
from deliverability.finding
where %(channel)s::text is null or channel_key = %(channel)s
order by channel_key, item

-- name: fallen
-- What was right and is no longer.
select channel_key, item, domain, state, found, wanted, records, checked_at, since, fell_at
from deliverability.finding
where fell_at is not null
order by fell_at, channel_key, item

-- name: last_checks
select channel_key, max(checked_at) as checked_at from deliverability.finding group by channel_key

-- name: changes
select item, state, found, at
from deliverability.finding_change
where channel_key = %(channel)s
order by change_id desc
limit %(limit)s

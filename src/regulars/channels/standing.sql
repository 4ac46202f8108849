-- name: pace
-- Take up to `wanted` places of a scope at its rate, none later than `hold_s` from now: how long until the first
-- of them, and how many. All hosts take from the same row, so together they keep the rate.
with locked as (
    select greatest(pace.next_at, clock_timestamp()) as starts_at  -- wall clock
    from channels.pace
    where pace.channel_key = %(key)s and pace.scope = %(scope)s
    for update
),

granted as (
    select
        starts_at,
        greatest(0, least(
            %(wanted)s::bigint,
            floor((%(hold_s)s - extract(epoch from starts_at - clock_timestamp())) * %(rate)s)::bigint + 1  -- wall clock
        )) as places
    from locked
)

update channels.pace set next_at = granted.starts_at + make_interval(secs => granted.places / %(rate)s::float8)
from granted
where pace.channel_key = %(key)s and pace.scope = %(scope)s
returning
    greatest(0, extract(epoch from granted.starts_at - clock_timestamp()))::float8 as wait_s,  -- wall clock
    granted.places::integer as places

-- name: open_pace
insert into channels.pace (channel_key, scope, next_at)
values (%(key)s, %(scope)s, clock_timestamp())  -- wall clock
on conflict do nothing

-- name: health
-- By provider, how each does.
select
    provider, failures, trips, open_until, last_ok_at, last_error_at, last_error, sent, failed, deferred, in_doubt
from channels.health
where channel_key = %(key)s

-- name: note_health
-- What came of asking a provider once more; something that worked forgets the failures before it.
insert into channels.health as kept (
    channel_key, provider, failures, trips, open_until, last_ok_at, last_error_at, last_error,
    sent, failed, deferred, in_doubt
)
values (
    %(key)s, %(provider)s, %(failures)s, 0, null, case when %(worked)s then %(now)s::timestamptz end,
    case when %(error)s <> '' then %(now)s::timestamptz end, %(error)s,
    %(sent)s, %(failed)s, %(deferred)s, %(in_doubt)s
)
on conflict (channel_key, provider) do update set
    failures = case when %(worked)s then 0 else kept.failures + %(failures)s end,
    trips = case
        when %(worked)s then 0
        when %(failures)s > 0 and kept.failures + %(failures)s >= %(failures_max)s then kept.trips + 1
        else kept.trips
    end,
    open_until = case
        when %(worked)s then null
        when %(failures)s > 0 and kept.failures + %(failures)s >= %(failures_max)s
            then %(now)s::timestamptz + make_interval(secs => least(600, 30 * 2 ^ least(kept.trips, 6)))
        else kept.open_until
    end,
    last_ok_at = coalesce(excluded.last_ok_at, kept.last_ok_at),
    last_error_at = coalesce(excluded.last_error_at, kept.last_error_at),
    last_error = case when %(error)s <> '' then excluded.last_error else kept.last_error end,
    sent = kept.sent + excluded.sent,
    failed = kept.failed + excluded.failed,
    deferred = kept.deferred + excluded.deferred,
    in_doubt = kept.in_doubt + excluded.in_doubt

-- name: open_at_once
-- A first failure that is already one too many.
update channels.health
set trips = 1, open_until = %(now)s::timestamptz + make_interval(secs => 30)
where channel_key = %(key)s and provider = %(provider)s and open_until is null and failures >= %(failures_max)s

-- name: close
-- A person says that it is mended: it is asked again at once.
update channels.health set failures = 0, trips = 0, open_until = null
where channel_key = %(key)s and provider = %(provider)s

-- name: add_problem
insert into channels.problem (channel_key, provider, at, outcome, detail, messages)
select %(key)s, %(provider)s, %(now)s, told.outcome, told.detail, told.messages
from unnest(%(outcomes)s::text[], %(details)s::text[], %(counts)s::integer[]) as told (outcome, detail, messages)

-- name: drop_problems
-- The last hundred of a channel are kept.
delete from channels.problem
where
    channel_key = %(key)s
    and problem_id <= (
        select kept.problem_id from channels.problem as kept
        where kept.channel_key = %(key)s
        order by kept.problem_id desc
        offset 100 limit 1
    )

-- name: problems
select provider, at, outcome, detail, messages
from channels.problem
where channel_key = %(key)s
order by problem_id desc
limit %(limit)s

-- name: tally_domains
insert into channels.domain_tally as kept (channel_key, day, domain, sent, failed, deferred, in_doubt)
select %(key)s, %(day)s, told.domain, told.sent, told.failed, told.deferred, told.in_doubt
from unnest(
    %(domains)s::text[], %(sents)s::integer[], %(faileds)s::integer[], %(deferreds)s::integer[], %(doubts)s::integer[]
) as told (domain, sent, failed, deferred, in_doubt)
order by told.domain
on conflict (channel_key, day, domain) do update set
    sent = kept.sent + excluded.sent,
    failed = kept.failed + excluded.failed,
    deferred = kept.deferred + excluded.deferred,
    in_doubt = kept.in_doubt + excluded.in_doubt

-- name: domains
-- The last days by domain, the busiest first.
select
    domain, sum(sent)::bigint as sent, sum(failed)::bigint as failed, sum(deferred)::bigint as deferred,
    sum(in_doubt)::bigint as in_doubt
from channels.domain_tally
where channel_key = %(key)s and day >= %(since)s
group by domain
order by sum(sent + failed + deferred + in_doubt) desc, domain
limit %(limit)s

-- name: forget_tallies
delete from channels.domain_tally where day < %(before)s

-- name: tells
-- Whether a range of the log says anything of consent or of what people ask of us.
select exists (
    select from log.fact_event
    where position > %(after)s and position <= %(to)s and type = 'track' and name = any(%(names)s)
)

-- name: keep
-- What a range of the log tells; the same range again changes nothing. Everybody may withdraw and object; what takes
-- something on for somebody counts from those only whom no stranger can speak for.
with meant as (
    select name, about, given
    from unnest(%(names)s::text[], %(abouts)s::text[], %(givens)s::boolean[]) as listed (name, about, given)
),

told as (
    select
        event.customer_id, event.position, event.occurred_at, event.source, event.properties as said,
        meant.about, meant.given, event.context,
        case when meant.about = 'consent' then lower(left(event.properties ->> 'channel', 63)) else '' end as channel,
        case when meant.about = 'consent' then coalesce(left(event.properties ->> 'topic', 63), '') else '' end as topic,
        case
            when event.context #>> '{provenance,kind}' in ('hand', 'import', 'preferences')
                then event.context #>> '{provenance,kind}'
            when event.context ? 'form' then 'form'
            when event.context -> 'server' = 'true' then 'server'
            else 'page'
        end as via
    from log.fact_event as event
    inner join meant using (name)
    where
        event.position > %(after)s and event.position <= %(to)s and event.type = 'track'
        and event.customer_id is not null
),

judged as (
    select
        told.*,
        case when via <> 'page' then customers.instant(said ->> 'asked_at') end as asked_at,
        case
            when via = 'page' and about = 'processing' then 'page'
            when via = 'page' and given and channel <> all(%(believe_pages)s::text[]) then 'page'
            when
                about = 'consent' and given and topic = any(%(double_opt_in)s::text[]) and via in ('page', 'server', 'form')
                and (via = 'page' or customers.instant(said ->> 'asked_at') is null)
                then 'unconfirmed'
        end as doubt
    from told
    where about <> 'consent' or channel <> ''
)

insert into customers.consent (
    atom_id, about, channel, topic, given, source, via, basis, purpose, wording, wording_version, ip, asked_at, asked_ip,
    until, every_days, recorded_by, reason, believed, doubt, occurred_at, position
)
select
    judged.customer_id, about, channel, judged.topic, given,
    -- A page's own word on where it was told is not taken.
    coalesce(case when via <> 'page' then nullif(left(said ->> 'source', 200), '') end, judged.source), via,
    left(said ->> 'basis', 200), left(said ->> 'purpose', 500),
    coalesce(left(said ->> 'wording', 5000), wording.words), left(said ->> 'wording_version', 63),
    case when via <> 'page' then left(said ->> 'ip', 45) end, asked_at,
    case when asked_at is not null then left(said ->> 'asked_ip', 45) end,
    case when about = 'pause' and not given then customers.instant(said ->> 'until') end,
    case
        when about = 'frequency' and not given and said ->> 'every_days' ~ '^[1-9][0-9]{0,2}$'
            then (said ->> 'every_days')::integer
    end,
    case when via = 'hand' then left(judged.context #>> '{provenance,by}', 200) end,
    case when via = 'hand' then left(said ->> 'reason', 1000) end,
    doubt is null, doubt, occurred_at, position
from judged
left join customers.consent_wording as wording
    on wording.topic = judged.topic and wording.version = judged.said ->> 'wording_version'
order by position
on conflict (position) do nothing

-- name: present
-- What a person consents to now, by channel and topic; of two words at one instant the withdrawal, whichever came first.
select distinct on (about, channel, topic)
    about, channel, topic, given, source, basis, purpose, wording, wording_version, ip, asked_at, asked_ip, until,
    every_days, via, recorded_by, reason, believed, doubt, occurred_at, position
from customers.consent
where atom_id = any(%(atoms)s) and believed and (about = 'consent') = %(consent)s
order by about, channel, topic, occurred_at desc, given, until desc nulls first,
    every_days desc nulls first, source, position desc

-- name: history
-- Everything a person said, the latest first.
select
    about, channel, topic, given, source, basis, purpose, wording, wording_version, ip, asked_at, asked_ip, until,
    every_days, via, recorded_by, reason, believed, doubt, occurred_at, position
from customers.consent
where atom_id = any(%(atoms)s)
order by occurred_at desc, given, until desc nulls first,
    every_days desc nulls first, source, position desc
limit %(limit)s

-- name: latest
-- The instants of the last words of a person, believed or not, so that what is said now comes after them.
select max(occurred_at) from customers.consent where atom_id = any(%(atoms)s)

-- name: held
select count(*) from customers.consent where atom_id = any(%(atoms)s) and erased_at is null

-- name: erase
-- Empty what may say who it was; that somebody withdrew stays.
update customers.consent
set
    basis = null, purpose = null, wording = null, wording_version = null, ip = null, asked_ip = null,
    recorded_by = null, reason = null, source = '', erased_at = %(at)s
where atom_id = any(%(atoms)s) and erased_at is null

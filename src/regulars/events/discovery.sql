-- name: discover
-- What a span of the log holds, added to what was seen before: a row for each event's name, and one for each property
-- and type of JSON at its top level. What is above the bounds is left out: a client that puts ids into names must not
-- fill the table.
with names as (
    select source, name, min(booked_at) as first_seen, max(booked_at) as last_seen, count(*) as volume,
           count(*) filter (where context ? 'unplanned') as unplanned, max(position) as example
    from log.fact_event
    where position > %(after)s and position <= %(to)s and source <> 'regulars'
    group by source, name
), numbered as (
    select names.*, known.source is not null as is_known,
           row_number() over (partition by names.source, known.source is null order by names.name) as nth
    from names left join events.discovered known
        on (known.source, known.name, known.property, known.json_type) = (names.source, names.name, '', '')
), admitted as (
    select numbered.* from numbered
    where is_known or nth <= %(names_max)s - (
        select count(*) from events.discovered known where known.source = numbered.source and known.property = '')
), properties as (
    select event.source, event.name, property.key as property, jsonb_typeof(property.value) as json_type,
           min(event.booked_at) as first_seen, max(event.booked_at) as last_seen, count(*) as volume,
           max(event.position) as example
    from log.fact_event event cross join lateral jsonb_each(event.properties) property
    where event.position > %(after)s and event.position <= %(to)s
      and event.source <> 'regulars' and event.type in ('track', 'page', 'screen')
      and property.key <> '' and length(property.key) <= %(signs_max)s
    group by event.source, event.name, property.key, jsonb_typeof(property.value)
), numbered_properties as (
    select properties.*, known.source is not null as is_known,
           row_number() over (
               partition by properties.source, properties.name, known.source is null
               order by properties.property, properties.json_type) as nth
    from properties join admitted using (source, name)
    left join events.discovered known
        on (known.source, known.name, known.property, known.json_type)
         = (properties.source, properties.name, properties.property, properties.json_type)
)
insert into events.discovered as known
    (source, name, property, json_type, first_seen, last_seen, volume, unplanned, example)
select source, name, '', '', first_seen, last_seen, volume, unplanned, example from admitted
union all
select source, name, property, json_type, first_seen, last_seen, volume, 0, example
from numbered_properties found
where is_known or nth <= %(properties_max)s - (
    select count(*) from events.discovered known where known.source = found.source and known.name = found.name)
on conflict (source, name, property, json_type) do update
set last_seen = greatest(known.last_seen, excluded.last_seen), volume = known.volume + excluded.volume,
    unplanned = known.unplanned + excluded.unplanned, example = excluded.example

-- name: count_arrivals
insert into events.arrived as known (source, quarter, events)
select source, date_bin('15 minutes', booked_at, timestamptz '2000-01-01 00:00Z'), count(*)
from log.fact_event
where position > %(after)s and position <= %(to)s and source <> 'regulars'
group by 1, 2
on conflict (source, quarter) do update set events = known.events + excluded.events

-- name: discovered
-- By source, event, property and type.
select source, name, property, json_type, first_seen, last_seen, volume, unplanned, example
from events.discovered
where (%(source)s::text is null or source = %(source)s) and (%(name)s::text is null or name = %(name)s)
order by source, name, property, json_type
limit %(limit)s

-- name: arrivals
select source, quarter, events from events.arrived
where quarter >= %(since)s and (%(source)s::text is null or source = %(source)s)
order by quarter, source

-- name: totals
-- Each source that anything came from: when last, and how much since an instant.
with last as (
    select source, max(last_seen) as last_seen, sum(volume)::bigint as events, sum(unplanned)::bigint as unplanned
    from events.discovered where property = '' group by source
)
select last.source, last.last_seen, last.events, last.unplanned, coalesce((
    select sum(arrived.events) from events.arrived
    where arrived.source = last.source and arrived.quarter >= %(since)s), 0)::bigint as recent
from last order by last.source

-- Why: events are planned with typed properties, and what arrives is discovered: which properties, of which types, how many.
-- On 10 million rows: the tables are new and small; their reader goes through the log once, about 20,000 events a second.
-- Undo: drop the tables, views and functions made here; delete from log.reader where name = 'events.discovered';

-- What was seen of each property of each event: top level only, never a value. The row of the event itself has no
-- property and no type.
create table events.discovered (
    source text collate "C" not null,
    name text collate "C" not null,
    property text collate "C" not null,
    json_type text collate "C" not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    volume bigint not null,
    unplanned bigint not null default 0,
    example bigint not null,
    primary key (source, name, property, json_type)
) with (fillfactor = 50);

-- How many events arrived in each quarter of an hour: every zone's days and hours are sums of these.
create table events.arrived (
    source text collate "C" not null,
    quarter timestamptz not null,
    events bigint not null,
    primary key (source, quarter)
) with (fillfactor = 50);

create index arrived_by_time on events.arrived (quarter);

create view events.fact_discovered as
select source, name, property, json_type, first_seen, last_seen, volume, unplanned from events.discovered;

create view events.fact_arrived as select source, quarter, events from events.arrived;

-- The typed columns of the views events.tracked_…: null where the type does not fit, never an error.
create function events.as_text(given jsonb) returns text language sql immutable parallel safe as $$
select case when jsonb_typeof(given) = 'string' then given #>> '{}' end
$$;

create function events.as_number(given jsonb) returns double precision language sql immutable parallel safe as $$
select case when jsonb_typeof(given) = 'number' and abs(given::numeric) < 1e300 then given::double precision end
$$;

create function events.as_integer(given jsonb) returns bigint language sql immutable parallel safe as $$
select case when jsonb_typeof(given) = 'number' then
    case when abs(given::numeric) < 9223372036854775807 and trunc(given::numeric) = given::numeric then given::bigint end
end
$$;

-- An amount as it was sent, exact; also where a client sends it as text.
create function events.as_money(given jsonb) returns numeric language sql immutable parallel safe as $$
select case
    when jsonb_typeof(given) = 'number' and abs(given::numeric) < 1e15 then given::numeric
    when jsonb_typeof(given) = 'string' and given #>> '{}' ~ '^-?[0-9]{1,15}(\.[0-9]{1,6})?$' then (given #>> '{}')::numeric
end
$$;

create function events.as_boolean(given jsonb) returns boolean language sql immutable parallel safe as $$
select case when jsonb_typeof(given) = 'boolean' then given::boolean end
$$;

create function events.as_list(given jsonb) returns jsonb language sql immutable parallel safe as $$
select case when jsonb_typeof(given) = 'array' then given end
$$;

create function events.as_object(given jsonb) returns jsonb language sql immutable parallel safe as $$
select case when jsonb_typeof(given) = 'object' then given end
$$;

-- An instant in ISO 8601; without a zone it counts as UTC. The form is checked, the calendar is the database's: a
-- 30 February is no instant.
create function events.as_time(given jsonb) returns timestamptz language plpgsql stable parallel safe as $$
declare
    said text := case when jsonb_typeof(given) = 'string' then given #>> '{}' end;
begin
    if said is null or said !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$' then
        return null;
    end if;
    if said !~ '(Z|[T ][0-9:.,]*[+-][0-9:]+)$' then
        said := said || case when length(said) = 10 then ' 00:00Z' else 'Z' end;
    end if;
    return replace(said, ',', '.')::timestamptz;
exception when data_exception then
    return null;
end
$$;

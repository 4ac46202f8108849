-- Why: membership is kept with the log: who is to be looked at when time passes, lists, how large each segment is now,
--      who came and went, and what the sweeps found. A size is kept for each hour, so that it may change in it.
-- On 10M rows: of segments.membership three indexes and one pass, a minute; segments.size is written anew, seconds.
-- Undo: drop the tables, view, indexes and columns added here; create segments.looked_at and the columns entered_between
--       and departed_between as in 0030; give segments.size the key (segment_id, at).

-- When the passing of time alone may next change where a customer belongs; no row: never.
create table segments.wake (
    customer_id bigint primary key,
    at timestamptz not null
);
create index wake_at on segments.wake (at);

-- One row, which whoever writes memberships locks.
create table segments.state (
    only_row boolean primary key default true check (only_row),
    generation uuid not null default gen_random_uuid(),  -- another one when what is live changes
    at timestamptz,                                      -- the latest business instant that was written
    writes bigint not null default 0,
    stale_after bigint,                                  -- people of later events were not looked at; null: none
    sweep_due boolean not null default false
);
insert into segments.state (at) select max(at) from segments.size;
drop table segments.looked_at;

alter table segments.segment
add column members integer not null default 0,
add column due boolean not null default false;  -- to be computed for everybody
update segments.segment
set members = present.members
from (select segment_id, count(*) as members from segments.membership where left_at is null group by 1) as present
where segment.segment_id = present.segment_id;

-- How large each segment was at the last look of each hour, and how many came and went in it.
create table segments.hour (
    segment_id integer not null references segments.segment,
    hour timestamptz not null,
    at timestamptz not null,
    members integer not null,
    entered integer not null,
    departed integer not null,
    primary key (segment_id, hour)
);
insert into segments.hour (segment_id, hour, at, members, entered, departed)
select
    segment_id, date_trunc('hour', at, 'UTC'), max(at), (array_agg(members order by at desc))[1],
    sum(entered), sum(departed)
from segments.size
group by segment_id, date_trunc('hour', at, 'UTC');
drop table segments.size;
alter table segments.hour rename to size;
alter table segments.size rename constraint hour_pkey to size_pkey;
alter table segments.segment drop column entered_between, drop column departed_between;

-- Who came and who went, the latest first.
create index membership_entered on segments.membership (segment_id, entered_at desc, customer_id);
create index membership_left on segments.membership (segment_id, left_at desc, customer_id) where left_at is not null;

-- Who stands on a list, by the profile that was put there: so entries follow who is which person.
create table segments.list_entry (
    segment_key text collate "C" not null,
    atom_id bigint not null,
    added_at timestamptz not null,
    added_by text not null,
    until timestamptz,  -- null: until somebody takes it off
    primary key (segment_key, atom_id)
);
create index list_entry_of_atom on segments.list_entry (atom_id);

create view segments.fact_list_entry as
select segment_key, atom_id, added_at, until from segments.list_entry;

-- What each comparison with a full computation found.
create table segments.sweep (
    sweep_id bigint generated always as identity primary key,
    at timestamptz not null,
    engine text not null,
    seconds double precision not null,
    customers integer not null,
    segments integer not null,
    differences integer not null,
    by_segment jsonb not null,                  -- key to differences
    swept_at timestamptz not null default now() -- wall clock
);

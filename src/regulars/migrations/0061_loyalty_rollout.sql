-- Why: a version of a programme may hold in some stores, or for a share of customers, before it holds for all; a
--      programme may pause, and close with a time in which points can still be spent.
-- On 10M rows: at once, columns without a default are added to small tables.
-- Undo: drop view loyalty.version_for_all; drop table loyalty.coming_version, loyalty.pause;
--       alter table loyalty.programme_version drop column only_stores, drop column only_percent;
--       alter table loyalty.programme drop column paused_at, drop column closing_at, drop column spend_until;

alter table loyalty.programme_version
add column only_stores text[] collate "C",
add column only_percent smallint check (only_percent between 1 and 99);

alter table loyalty.programme
add column paused_at timestamptz, -- null: it runs
add column closing_at timestamptz, -- nothing earns from then on
add column spend_until timestamptz; -- what is left of its points then expires

-- A version that is published and begins later; it becomes a programme_version with live_from = begins.
create table loyalty.coming_version (
    programme_id int not null references loyalty.programme,
    version int not null,
    begins timestamptz not null,
    only_stores text[] collate "C",
    only_percent smallint check (only_percent between 1 and 99),
    body jsonb not null,
    primary key (programme_id, version)
);

-- What occurred in [paused_at, resumed_at) earns nothing, whenever it is told.
create table loyalty.pause (
    programme_id int not null references loyalty.programme,
    paused_at timestamptz not null,
    resumed_at timestamptz, -- null: it is paused still
    primary key (programme_id, paused_at)
);

-- The newest version that holds for all; of a programme that has none such yet, the newest there is.
create view loyalty.version_for_all as
select distinct on (programme_id) programme_id, version, live_from, live_until, body
from loyalty.programme_version
order by programme_id, (only_stores is null and only_percent is null) desc, version desc;

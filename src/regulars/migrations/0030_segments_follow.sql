-- Why: memberships follow when profiles are merged or split, and what a history import changed is told as history.
-- On 10M rows: a column with a constant default and one new row, instant.
-- Undo: drop table segments.looked_at; alter table segments.segment drop column entered_between, drop column departed_between.

-- Who came and went between two refreshes, with profiles that were merged or split; the next refresh counts them.
alter table segments.segment
add column entered_between integer not null default 0,
add column departed_between integer not null default 0;

-- One row: up to which position of the log the last refresh had everything in view.
create table segments.looked_at (
    only_row boolean primary key default true check (only_row),
    position bigint not null default 0
);
insert into segments.looked_at (position) select coalesce(max(position), 0) from log.fact_event;

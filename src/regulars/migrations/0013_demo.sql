-- Why: a demonstration that is killed half-way goes on where it stopped; done again it does nothing.
-- On 10M rows: one row only.
-- Undo: drop schema demo cascade;

create schema demo;

create table demo.progress (
    only_row boolean primary key default true check (only_row),
    next_day date not null,          -- The first day whose events are not in the log yet.
    finished boolean not null default false,
    seconds jsonb not null default '{}'  -- What each stage took, in wall-clock seconds.
);

-- Why: a version of a programme may hold in some stores, or for a share of customers, before it holds for all; a
--      programme may pause, and close with a time in which points can still be spent.
-- On 10M rows: at once, columns without a default are added to small tables.
-- Undo: alter table loyalty.programme_version drop column only_stores, drop column only_percent;
--       alter table loyalty.programme drop column paused_at, drop column closing_at, drop column spend_until;

alter table loyalty.programme_version
add column only_stores text[] collate "C",
add column only_percent smallint check (only_percent between 1 and 99);

alter table loyalty.programme
add column paused_at timestamptz, -- null: it runs
add column closing_at timestamptz, -- nothing earns from then on
add column spend_until timestamptz; -- what is left of its points then expires

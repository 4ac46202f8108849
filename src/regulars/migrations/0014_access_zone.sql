-- Why: calendar days, months and the times of timers follow one zone per workspace, the same on every host.
-- On 10M rows: at once, the table has one row.
-- Undo: alter table access.workspace drop column zone;

alter table access.workspace add column zone text collate "C" not null default 'UTC';

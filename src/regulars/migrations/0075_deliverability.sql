-- Why: reserved.
-- On 10M rows: nothing.
-- Undo: nothing.
select 1;

-- Why: many people are erased together, and of what they were known by that which surely is theirs is kept apart until
--      they are gone: only that is taken out of live definitions.
-- On 10M rows: a column with a constant default, instant. Undo: drop the column.

alter table privacy.erasure add column sure text[] not null default '{}';

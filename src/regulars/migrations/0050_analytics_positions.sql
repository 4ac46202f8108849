-- Why: an event of nobody may name a person; it is erased from the lake by its position, since the lake's own log would
--      keep the words by which it was found.
-- On 10M rows: a column of a small table, instant. Undo: drop the column.

alter table analytics.erasure add column positions bigint[];

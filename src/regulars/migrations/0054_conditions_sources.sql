-- Why: reserved; its content follows before it is released.
-- On 10M rows: instant. Undo: nothing.

select 1;

-- Why: the key in a page is public, so what it says of an order stands behind what the shop's servers say. A report
--      keeps who told it; those of before keep their rank among themselves.
-- On 10M rows: at once, the column comes without a rewrite.
-- Undo: drop the column.

alter table orders.report
add column server boolean not null default false; -- told by a server, not by who opened a page

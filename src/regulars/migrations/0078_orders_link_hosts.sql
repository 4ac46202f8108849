-- Why: links are led by us only to hosts that the company wrote; those of its catalogue are known by asking one small
-- table. Only imports and servers fill it: of what browsers tell of products no host is taken, nor of what stood before,
-- since browsers may have told it.
-- On 10M rows: nothing, the table is new.
-- Undo: drop table orders.link_host;

create table orders.link_host (
    host text collate "C" primary key check (host <> '')  -- In small letters.
);

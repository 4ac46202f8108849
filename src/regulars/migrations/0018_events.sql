-- Why: every event names its source, and a tracking key belongs to one.
-- On 10 million rows: nothing, the table is new and has a row a key.
-- Undo: drop schema events cascade;

create schema events;

-- Which source a tracking key sends for; a key without a row sends for a source of its own name.
create table events.source_key (
    key_id bigint primary key,
    source_key text collate "C" not null
);

create view events.fact_source_key as
select key_id, source_key from events.source_key;

-- Why: the monitor of a send shows what comes of it by domain; of a million messages counting that takes seconds. Of large
-- sends it is counted beside, now and then, and shown with its moment.
-- On 10M rows: nothing, the tables are new.
-- Undo: drop table campaigns.domain_count, campaigns.domain_counted;

create table campaigns.domain_counted (
    run_id bigint primary key,
    stood bigint[] not null,  -- How many there were, left, waited and failed then: counted anew once that differs.
    counted_at timestamptz not null  -- By the wall clock.
);

create table campaigns.domain_count (
    run_id bigint not null,
    domain text collate "C" not null,
    people integer not null,
    sent integer not null,
    waiting integer not null,
    failed integer not null,
    primary key (run_id, domain)
);

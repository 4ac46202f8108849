-- Who was put into which arm, and comparisons kept to be shown beside others.
-- On 10M rows: new tables, instant. Undo: drop schema experiments cascade.
create schema experiments;

-- One row a person and experiment, written once and never changed: the first arm stays, whatever happens to
-- the shares afterwards.
create table experiments.assignment (
    experiment text collate "C" not null,
    customer_id bigint not null,
    arm text collate "C" not null,
    assigned_at timestamptz not null,
    primary key (experiment, customer_id)
);
create index assignment_customer on experiments.assignment (customer_id);

create view experiments.fact_assignment as
    select experiment, customer_id, arm, assigned_at from experiments.assignment;

create table experiments.readout (
    label text collate "C" primary key,
    note text not null,
    did text not null,
    assigned_treated integer not null,
    assigned_held_out integer not null,
    held_out_share integer not null check (held_out_share between 0 and 10000),
    treated integer not null,
    held_out integer not null,
    converted_treated integer not null check (converted_treated between 0 and treated),
    converted_held_out integer not null check (converted_held_out between 0 and held_out),
    saved_at timestamptz not null
);

-- Why: assignments follow when profiles are merged or split: a row keeps the profile it was drawn for, the person has
--      the earliest of its profiles' rows, and people of both arms are counted.
-- On 10M rows: every row is written once, a minute; the key's index another half.
-- Undo: while nobody is merged: drop the columns, make (experiment, customer_id) the key again, and the view as in 0011.

alter table experiments.assignment add column atom_id bigint;
update experiments.assignment set atom_id = customer_id;
alter table experiments.assignment drop constraint assignment_pkey;
alter table experiments.assignment add primary key (experiment, atom_id);
create index assignment_of_person on experiments.assignment (experiment, customer_id, assigned_at, atom_id);
create index assignment_of_profile on experiments.assignment (atom_id);

create or replace view experiments.fact_assignment as
select experiment, customer_id, arm, assigned_at, atom_id from experiments.assignment;

alter table experiments.readout add column contaminated integer not null default 0 check (contaminated >= 0);

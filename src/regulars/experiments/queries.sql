-- name: assign_new
-- The arms of those who have none yet in this experiment; those who have one keep it.
insert into experiments.assignment (experiment, customer_id, atom_id, arm, assigned_at)
select %(experiment)s, new.customer_id, new.customer_id, new.arm, %(at)s
from unnest(%(customer_ids)s::bigint[], %(arms)s::text[]) as new (customer_id, arm)
where not exists (
    select from experiments.assignment
    where assignment.experiment = %(experiment)s and assignment.customer_id = new.customer_id
)
order by new.customer_id
on conflict do nothing

-- name: arms_of_customers
-- The arm each of the customers has in this experiment: the earliest of their profiles', of one moment the first made.
select distinct on (customer_id) customer_id, arm
from experiments.assignment
where experiment = %(experiment)s and customer_id = any(%(customer_ids)s)
order by customer_id, assigned_at, atom_id

-- name: contaminated
-- How many people of an experiment have profiles in different arms.
select count(*) from (
    select from experiments.assignment
    where experiment = %(experiment)s
    group by customer_id
    having min(arm) <> max(arm)
) as both_arms

-- name: follow
-- Give each profile's assignments to its person.
update experiments.assignment set customer_id = moved.after
from unnest(%(atoms)s::bigint[], %(afters)s::bigint[]) as moved (atom_id, after)
where assignment.atom_id = moved.atom_id and assignment.customer_id <> moved.after

-- name: save_readout
-- One comparison under its label; saved again, it is replaced.
insert into experiments.readout (
    label, note, did, assigned_treated, assigned_held_out, held_out_share,
    treated, held_out, converted_treated, converted_held_out, contaminated, saved_at
)
values (
    %(label)s, %(note)s, %(did)s, %(assigned_treated)s, %(assigned_held_out)s, %(held_out_share)s,
    %(treated)s, %(held_out)s, %(converted_treated)s, %(converted_held_out)s, %(contaminated)s, %(at)s
)
on conflict (label) do update set
    note = excluded.note,
    did = excluded.did,
    assigned_treated = excluded.assigned_treated,
    assigned_held_out = excluded.assigned_held_out,
    held_out_share = excluded.held_out_share,
    treated = excluded.treated,
    held_out = excluded.held_out,
    converted_treated = excluded.converted_treated,
    converted_held_out = excluded.converted_held_out,
    contaminated = excluded.contaminated,
    saved_at = excluded.saved_at

-- name: readouts
-- All kept comparisons by label.
select * from experiments.readout order by label

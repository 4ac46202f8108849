-- name: assign_new
-- The arms of those who have none yet in this experiment; those who have one keep it.
insert into experiments.assignment (experiment, customer_id, arm, assigned_at)
select %(experiment)s, new.customer_id, new.arm, %(at)s
from unnest(%(customer_ids)s::bigint[], %(arms)s::text[]) as new (customer_id, arm)
order by new.customer_id
on conflict do nothing

-- name: arms_of_customers
-- The arm each of the customers has in this experiment.
select customer_id, arm
from experiments.assignment
where experiment = %(experiment)s and customer_id = any(%(customer_ids)s)

-- name: save_readout
-- One comparison under its label; saved again, it is replaced.
insert into experiments.readout (
    label, note, did, assigned_treated, assigned_held_out, held_out_share,
    treated, held_out, converted_treated, converted_held_out, saved_at
)
values (
    %(label)s, %(note)s, %(did)s, %(assigned_treated)s, %(assigned_held_out)s, %(held_out_share)s,
    %(treated)s, %(held_out)s, %(converted_treated)s, %(converted_held_out)s, %(at)s
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
    saved_at = excluded.saved_at

-- name: readouts
-- All kept comparisons by label.
select * from experiments.readout order by label

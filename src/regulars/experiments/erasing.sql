-- name: held
select experiment, arm, assigned_at
from experiments.assignment
where atom_id = any(%(atoms)s::bigint[])
order by assigned_at, experiment

-- name: move_due
-- Moves what is due by now: 'expire' or 'activate'. Gives the transfers.
select moved_by, points from loyalty.move_due(%(programme_id)s, %(kind)s, %(at)s)

-- name: left_over
-- The lots of a programme in which something is left; waiting ones, or those that can be spent.
select array_agg(l.id order by l.id) from loyalty.lot l
where l.programme_id = %(programme_id)s and not l.spent and l.pending = %(pending)s

-- name: move_lots
-- Moves some lots, each due at an instant of its own that is given.
select moved_by, points
from loyalty.move_lots(%(programme_id)s, %(kind)s, %(at)s, %(lots)s::bigint[], %(due)s::timestamptz[], %(because)s)

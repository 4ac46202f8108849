-- name: move
select lots, points
from loyalty.currency c
cross join lateral loyalty.move_ends(
    c.programme_id, c.id,
    coalesce((select p.person_id from customers.fact_person p where p.customer_id = %(customer_id)s), %(customer_id)s),
    %(lots)s::bigint[], %(ending_from)s::timestamptz, %(ending_until)s::timestamptz, %(to)s::timestamptz,
    %(by)s::interval, %(at)s, %(reason)s, %(actor)s)
where c.programme_id = %(programme_id)s and c.code = %(currency)s

-- name: reinstate
select outcome, transfer_id, available, field, amount
from loyalty.currency c
cross join lateral loyalty.post_reinstatement(
    c.programme_id, c.id,
    coalesce((select p.person_id from customers.fact_person p where p.customer_id = %(customer_id)s), %(customer_id)s),
    %(lots)s::bigint[], %(since)s, %(until)s, %(key)s, %(at)s, %(reason)s, %(actor)s, %(fields)s)
where c.programme_id = %(programme_id)s and c.code = %(currency)s

-- name: changes
select lot_id, transfer_id, expires_before, expires_after, booked_at, reason, actor
from loyalty.lot_change where lot_id = %(lot_id)s order by id

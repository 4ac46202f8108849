-- name: give
select outcome, transfer_id, available, field
from loyalty.currency c
cross join lateral loyalty.post_gift(
    c.programme_id, c.id,
    coalesce((select p.person_id from customers.fact_person p where p.customer_id = %(from_id)s), %(from_id)s),
    coalesce((select p.person_id from customers.fact_person p where p.customer_id = %(to_id)s), %(to_id)s),
    %(amount)s, %(key)s, %(at)s, %(reason)s, %(actor)s, %(fields)s)
where c.programme_id = %(programme_id)s and c.code = %(currency)s

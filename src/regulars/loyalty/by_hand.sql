-- name: knows_key
select exists (select from loyalty.caller_key where programme_id = %(programme_id)s and key = %(key)s)

-- name: lock_member
select id from loyalty.member where programme_id = %(programme_id)s and customer_id = %(customer_id)s for update

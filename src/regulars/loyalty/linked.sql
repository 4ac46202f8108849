-- name: lock_members
-- The members that a list of writes concerns, and whoever they share points with, by number.
select m.id from loyalty.member m
where m.id = any (array(
    select unnest(loyalty.pool(loyalty.member_of(%(programme_id)s, coalesce(p.person_id, told.customer_id))))
    from unnest(%(customers)s::bigint[]) as told (customer_id)
    left join customers.fact_person p on p.customer_id = told.customer_id
    union
    select unnest(loyalty.pool(h.member_id)) from loyalty.hold h where h.id = any (%(holds)s::bigint[])
))
order by m.id for update

-- name: answered
select outcome, field from loyalty.answered(%(programme_id)s, %(key)s, %(fields)s)

-- name: answer_of
select answer from loyalty.caller_key where programme_id = %(programme_id)s and key = %(key)s

-- name: claim
insert into loyalty.caller_key (programme_id, key, customer_id, fields, outcome, available)
values (%(programme_id)s, %(key)s, coalesce(
        %(customer_id)s, (select h.customer_id from loyalty.hold h where h.id = any (%(holds)s::bigint[]) limit 1), 0
    ), %(fields)s, 'posted', 0)
on conflict do nothing

-- name: keep
update loyalty.caller_key set outcome = %(outcome)s, answer = %(answer)s
where programme_id = %(programme_id)s and key = %(key)s

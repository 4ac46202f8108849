-- name: programme_id
select id from loyalty.programme
where key = %(programme)s

-- name: blocked
-- Why this person may not spend in a programme, their merged profiles included; nothing: they may, or this id was answered before.
select b.id, b.programme_id, b.customer_id, b.reason, b.rule, b.since, b.by_name
from loyalty.block b
join loyalty.member m on m.id = b.member_id
where b.programme_id = %(programme_id)s and b.lifted_at is null
    and not exists (select from loyalty.caller_key k where k.programme_id = b.programme_id and k.key = %(key)s::text)
    and coalesce(m.merged_into, m.id) = (
        select coalesce(n.merged_into, n.id) from loyalty.member n
        where n.programme_id = %(programme_id)s and n.customer_id = coalesce(
            (select p.person_id from customers.fact_person p where p.customer_id = %(customer_id)s), %(customer_id)s)
    )
order by b.id limit 1

-- name: block
insert into loyalty.block (programme_id, member_id, customer_id, reason, since, by_name)
select m.programme_id, m.id, m.customer_id, %(reason)s, %(at)s, %(by)s
from loyalty.member m
where m.programme_id = %(programme_id)s and m.closed_at is null and m.customer_id = coalesce(
    (select p.person_id from customers.fact_person p where p.customer_id = %(customer_id)s), %(customer_id)s)
on conflict (member_id) where lifted_at is null do nothing
returning id

-- name: lift
update loyalty.block b set lifted_at = %(at)s, lifted_by = %(by)s
where b.id = %(block_id)s and b.lifted_at is null
returning b.id

-- name: persons
-- Whose some atoms are now; read after the turn was taken, so that it holds.
select person.person_id
from unnest(%(atoms)s::bigint[]) with ordinality as asked (customer_id, place)
inner join customers.fact_person as person using (customer_id)
order by asked.place

-- name: members
-- Every atom of a person.
select customer_id from customers.customer
where customer_id = %(person)s or survivor_id = %(person)s
order by customer_id

-- name: make_deed
insert into customers.deed (deed, made_at, actor_id, actor_name, reason, undoes_id)
values (%(deed)s, %(at)s, %(actor_id)s, %(actor_name)s, %(reason)s, %(undoes_id)s)
returning deed_id

-- name: end_between
-- Take back what was decided of two groups of atoms, either that they are the same or that they are not.
update customers.decision
set ended_by_id = %(deed_id)s
where
    ended_by_id is null and same = %(same)s
    and (
        low_id = any(%(some)s::bigint[]) and high_id = any(%(others)s::bigint[])
        or low_id = any(%(others)s::bigint[]) and high_id = any(%(some)s::bigint[])
    )

-- name: decide
-- A pair that stands decided stays as it is.
insert into customers.decision (low_id, high_id, same, deed_id)
select least(one_id, other_id), greatest(one_id, other_id), same, %(deed_id)s
from unnest(%(ones)s::bigint[], %(others)s::bigint[], %(sames)s::boolean[]) as given (one_id, other_id, same)
on conflict (low_id, high_id) where ended_by_id is null do nothing

-- name: take_back
-- End what a deed decided.
update customers.decision set ended_by_id = %(deed_id)s
where deed_id = %(undone_id)s and ended_by_id is null

-- name: put_back
-- Decide again what a deed had ended.
insert into customers.decision (low_id, high_id, same, deed_id)
select low_id, high_id, same, %(deed_id)s
from customers.decision
where ended_by_id = %(undone_id)s
on conflict (low_id, high_id) where ended_by_id is null do nothing

-- name: atoms_of_deed
select low_id from customers.decision where deed_id = %(deed_id)s or ended_by_id = %(deed_id)s
union
select high_id from customers.decision where deed_id = %(deed_id)s or ended_by_id = %(deed_id)s

-- name: deed
select
    deed.deed_id, deed.deed, deed.made_at, deed.actor_id, deed.actor_name, deed.reason, deed.undoes_id,
    exists (select from customers.deed as later where later.undoes_id = deed.deed_id) as undone
from customers.deed
where deed.deed_id = %(deed_id)s

-- name: deeds
-- What was decided about any atom of a person, the latest first.
select
    deed.deed_id, deed.deed, deed.made_at, deed.actor_id, deed.actor_name, deed.reason, deed.undoes_id,
    exists (select from customers.deed as later where later.undoes_id = deed.deed_id) as undone
from customers.deed
where deed.deed_id in (
    select decision.deed_id
    from customers.decision
    where
        decision.low_id in (
            select customer_id from customers.customer
            where customer_id = %(person)s or survivor_id = %(person)s
        )
        or decision.high_id in (
            select customer_id from customers.customer
            where customer_id = %(person)s or survivor_id = %(person)s
        )
)
order by deed.deed_id desc
limit %(limit)s

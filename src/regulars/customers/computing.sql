-- name: names_in
-- The names of what people did in a range of the log.
select distinct name from log.fact_event
where position > %(after)s and position <= %(to)s and customer_id is not null

-- name: touched
-- The persons of a range of the log with an event of this name.
select distinct coalesce(atom.survivor_id, atom.customer_id)
from log.fact_event as event
inner join customers.customer as atom using (customer_id)
where event.position > %(after)s and event.position <= %(to)s and event.name = %(name)s

-- name: put
-- Write a computed trait for some persons; who has nothing to measure has no such trait.
update customers.customer
set
    computed = case
        when asked.value is null then customer.computed - %(name)s::text
        else customer.computed || jsonb_build_object(%(name)s::text, asked.value)
    end
from (
    select person.id, fresh.value
    from unnest(%(ids)s::bigint[]) as person (id)
    left join ({fresh}) as fresh on fresh.customer_id = person.id
) as asked
where
    customer.customer_id = asked.id and customer.computed -> %(name)s::text is distinct from asked.value

-- name: put_all
-- Write a computed trait for everybody who has something to measure, and whose data is not only kept.
update customers.customer
set computed = customer.computed || jsonb_build_object(%(name)s::text, fresh.value)
from ({fresh}) as fresh
where
    customer.customer_id = fresh.customer_id and fresh.value is not null
    and customer.customer_id <> all(array(
        select customer_id from customers.fact_wish where about = 'processing' and not given
    ))

-- name: forget
update customers.customer set computed = computed - %(name)s::text where computed ? %(name)s::text

-- name: holders
-- Everybody who has a computed trait now.
select customer_id from customers.customer
where survivor_id is null and computed ? %(name)s::text
order by customer_id

-- name: latest
-- The business instant of the last event in the log.
select booked_at from log.fact_event order by position desc limit 1

-- name: last_seen
select customer_id from customers.customer
where survivor_id is null
order by last_seen_at desc, customer_id
limit %(limit)s

-- name: clash
-- How many told a trait of this name themselves.
select
    (select count(*) from customers.trait where name = %(name)s)
    + (select count(*) from customers.customer where told_position is not null and traits ? %(name)s::text)

-- name: acted
-- Who did something in a range of the log and is known by name, with the first instant of it; of programmes that anybody
-- joins who does something.
select w.programme_id, p.person_id as customer_id, min(e.occurred_at) as at, min(e.booked_at) as booked_at
from unnest(%(programmes)s::int[]) as w (programme_id)
join log.fact_event e on e.position > %(after)s and e.position <= %(to)s and e.customer_id is not null
    and not e.history and e.source is distinct from 'regulars'
join customers.fact_person p on p.customer_id = e.customer_id
join customers.fact_customer c on c.customer_id = p.person_id
    and (c.user_id is not null or c.email is not null or c.phone is not null)
where not exists (
    select from loyalty.member m
    where m.programme_id = w.programme_id and m.customer_id = p.person_id and m.closed_at is null)
group by w.programme_id, p.person_id order by w.programme_id, p.person_id

-- name: join
select loyalty.join_members(
    %(programme_id)s, %(customers)s::bigint[], %(joined)s::timestamptz[], %(booked)s::timestamptz[], %(terms)s,
    'first_active', null)

-- name: counted
-- Names of the events that tier sets count.
select distinct event from loyalty.tier_set where counts = 'events' and not retired order by event

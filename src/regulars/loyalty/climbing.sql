-- name: climb
-- Lifts members by what they did, in every tier set of the programme; gives how many steps up were made.
select loyalty.climb(%(programme_id)s, %(transfers)s::bigint[], %(orders)s::bigint[], %(events)s::bigint[])

-- name: counted_events
-- Lifts members by the events of a range of the log that a tier set counts, programme by programme.
select sum(loyalty.climb(c.programme_id, null, null, c.positions))
from (
    select s.programme_id, array_agg(e.position order by e.position) as positions
    from loyalty.tier_set s
    join log.fact_event e on e.name = s.event and e.position > %(after)s and e.position <= %(to)s
    where s.counts = 'events' and not s.retired
    group by s.programme_id
) c

-- name: fall
-- Takes back tiers of these customers that only what was returned had reached; gives how many.
select loyalty.fall(%(programme_id)s, array(
    select m.id from loyalty.member m
    where m.programme_id = %(programme_id)s and m.customer_id = any (%(customers)s::bigint[]) and m.closed_at is null
    order by m.id
), %(at)s)

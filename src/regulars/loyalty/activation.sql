-- name: waiting_for
-- Lots that still wait, of members who did in a range of the log what ends the waiting: those of the order that the event
-- names, or all. Each with the first such event.
select distinct on (l.id) w.programme_id, l.id as lot_id, greatest(e.occurred_at, l.earned_at) as occurred_at,
    t.version, t.rule
from unnest(%(programmes)s::int[], %(names)s::text[]) as w (programme_id, name)
join log.fact_event e on e.name = w.name and e.position > %(after)s and e.position <= %(to)s
join customers.fact_person p on p.customer_id = e.customer_id
join loyalty.member m on m.programme_id = w.programme_id and m.customer_id = p.person_id and m.closed_at is null
join loyalty.lot l on l.member_id = m.id and l.pending and not l.spent
join only loyalty.transfer t on t.id = l.transfer_id
left join orders.fact_order o on o.order_id = t.order_id
where coalesce(e.properties ->> 'order_id', '') in ('', o.order_key)
order by l.id, e.position

-- name: date_lots
-- An award that something ends the waiting of is valid from then on, as long as ever.
update loyalty.lot l set active_from = g.active_from, expires_at = g.expires_at
from unnest(%(lots)s::bigint[], %(active)s::timestamptz[], %(expires)s::timestamptz[]) as g (id, active_from, expires_at)
where l.id = g.id and l.pending

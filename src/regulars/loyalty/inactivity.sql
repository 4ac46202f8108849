-- name: stirring
-- Whether points of the programme end by inactivity, and the last earning or spending of each member behind some transfers.
select t.member_id, max(t.occurred_at) as at
from loyalty.transfer t
where t.id = any (%(transfers)s::bigint[]) and t.kind in ('earn', 'spend')
group by t.member_id order by t.member_id

-- name: asks
-- The newest version's period of inactivity, or nothing.
select v.body as body from loyalty.version_for_all v
where v.programme_id = %(programme_id)s and v.body ? 'inactive_after' and v.body -> 'inactive_after' <> 'null'

-- name: slide
-- Moves the end of inactivity on, never back.
update loyalty.member m set inactive_from = g.ends
from unnest(%(members)s::bigint[], %(ends)s::timestamptz[]) as g (id, ends)
where m.id = g.id and (m.inactive_from is null or m.inactive_from < g.ends)

-- name: begin_all
-- Nobody's points end before a full period from the version's beginning is over.
update loyalty.member m set inactive_from = %(ends)s::timestamptz
where m.programme_id = %(programme_id)s and m.closed_at is null

-- name: still
-- Members whose time of inactivity is over by now, with when they last earned or spent.
select m.id as member_id, m.inactive_from, (
        select max(t.occurred_at) from loyalty.transfer t
        where t.member_id = m.id and t.kind in ('earn', 'spend')
    ) as stirred_at
from loyalty.member m
where m.programme_id = %(programme_id)s and m.inactive_from <= %(at)s and m.closed_at is null
order by m.id for update of m

-- name: held_by
-- What these members can still spend, with the instant from which it has ended.
select array_agg(l.id order by l.id) as lots, array_agg(g.ends order by l.id) as due
from unnest(%(members)s::bigint[], %(ends)s::timestamptz[]) as g (id, ends)
join loyalty.lot l on l.member_id = g.id and not l.spent and not l.pending and l.earned_at <= g.ends
    and (l.expires_at is null or l.expires_at > g.ends)

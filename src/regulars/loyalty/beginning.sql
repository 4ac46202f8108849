-- name: before
-- What the version said that held for all before the newest one.
select v.body from loyalty.programme_version v
where v.programme_id = %(programme_id)s and v.only_stores is null and v.only_percent is null
order by v.version desc offset 1 limit 1

-- name: endless
-- From when on the points can be spent that never end, where something is left: now, or later for what waits.
select distinct greatest(l.active_from, %(at)s::timestamptz) as at from loyalty.lot l
where l.programme_id = %(programme_id)s and not l.spent and l.expires_at is null

-- name: end_lots
-- Gives points that never ended an end: a full period from now, or from when they become spendable.
update loyalty.lot l set expires_at = g.ends
from unnest(%(at)s::timestamptz[], %(ends)s::timestamptz[]) as g (at, ends)
where l.programme_id = %(programme_id)s and not l.spent and l.expires_at is null
    and greatest(l.active_from, %(now)s::timestamptz) = g.at

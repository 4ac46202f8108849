-- name: live
-- Every programme with what its newest version that holds for all says.
select p.id as programme_id, p.key, v.version, v.live_from, p.zone, p.closing_at, p.spend_until, v.body,
    array(select x.paused_at from loyalty.pause x where x.programme_id = p.id order by x.paused_at) as paused,
    array(select x.resumed_at from loyalty.pause x where x.programme_id = p.id order by x.paused_at) as resumed
from loyalty.programme p join loyalty.version_for_all v on v.programme_id = p.id order by p.id

-- name: bodies
-- Every version of a programme that was ever in force, the oldest first.
select version, live_from, body from loyalty.programme_version
where programme_id = %(programme_id)s order by version

-- name: locked_programme
select id as programme_id, name, zone, paused_at, closing_at, spend_until
from loyalty.programme where key = %(key)s for update

-- name: run_of
select id as programme_id, name, zone, paused_at, closing_at, spend_until
from loyalty.programme where key = %(key)s

-- name: versions_of
-- What is in force and what is to come: the version that holds for all first.
select s.version, s.live_from, s.stores, s.percent, s.coming
from (
    select v.version, v.live_from, v.only_stores as stores, v.only_percent as percent, false as coming
    from loyalty.programme_version v where v.programme_id = %(programme_id)s and v.live_until is null
    union all
    select c.version, c.begins, c.only_stores, c.only_percent, true
    from loyalty.coming_version c where c.programme_id = %(programme_id)s
) s
order by s.coming, s.stores is not null or s.percent is not null, s.version

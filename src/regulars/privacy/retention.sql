-- name: note
insert into privacy.retained as known (kind, day, before, removed)
values (%(kind)s, %(day)s, %(before)s, %(removed)s)
on conflict (kind, day) do update set removed = known.removed + excluded.removed, before = excluded.before

-- name: removed
select kind, day, removed from privacy.retained where day > %(since)s order by day, kind

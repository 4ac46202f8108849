-- name: count_try
-- One more try; a new window begins when the old one is over.
insert into access.attempt as known (who, began_at, tries)
values (%(who)s, %(now)s, 1)
on conflict (who) do update set
    tries = case when known.began_at <= %(since)s then 1 else known.tries + 1 end,
    began_at = case when known.began_at <= %(since)s then excluded.began_at else known.began_at end
returning began_at, tries

-- name: forget_tries
-- After a success.
delete from access.attempt where who = %(who)s

-- name: forget_old_tries
-- Windows that are over.
delete from access.attempt where began_at <= %(since)s

-- name: tries_of
select began_at, tries from access.attempt where who = %(who)s and began_at > %(since)s

-- name: unwelcomed
-- Who joined and was not greeted yet, in the order in which their rows are locked.
select m.id as member_id, m.customer_id, m.programme_id, m.joined_at
from loyalty.member m where m.unwelcomed and m.closed_at is null
    and (%(programme_id)s::int is null or m.programme_id = %(programme_id)s)
order by m.id for update

-- name: greeted
update loyalty.member m set unwelcomed = false, inactive_from = coalesce(m.inactive_from, g.ends)
from unnest(%(members)s::bigint[], %(ends)s::timestamptz[]) as g (id, ends)
where m.id = g.id

-- name: greets
-- Whether joining is followed by anything, as the newest version says.
update loyalty.programme set greets = %(greets)s, pooled = %(pooled)s where id = %(programme_id)s

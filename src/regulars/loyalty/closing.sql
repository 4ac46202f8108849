-- name: close
with closed as (
    update loyalty.programme set closed_until = %(until)s where id = %(programme_id)s
)
insert into loyalty.closing (programme_id, until, closed_at, actor, reason)
values (%(programme_id)s, %(until)s, %(at)s, %(actor)s, %(reason)s)
returning id, until, closed_at, actor, reason, 0 as late

-- name: closings
-- Each closing with how many transfers of the time before it were booked after it.
select c.id, c.until, c.closed_at, c.actor, c.reason, (
    select count(*) from loyalty.transfer t
    where t.programme_id = c.programme_id and t.occurred_at < c.until and t.booked_at > c.closed_at
)::int as late
from loyalty.closing c
where c.programme_id = %(programme_id)s
order by c.until desc

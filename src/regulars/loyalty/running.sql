-- name: owed
-- What members of a programme hold, by currency, and how many hold any.
select c.code, c.name, c.scale, count(distinct a.member_id) filter (where a.balance > 0)::int as members,
    coalesce(sum(a.balance) filter (where a.balance > 0), 0)::bigint as points
from loyalty.currency c
left join loyalty.account a on a.currency_id = c.id and a.kind in ('active', 'pending')
where c.programme_id = %(programme_id)s
group by c.id order by c.id

-- name: pause
with begun as (
    insert into loyalty.pause (programme_id, paused_at) values (%(programme_id)s, %(at)s)
    on conflict (programme_id, paused_at) do update set resumed_at = null
)
update loyalty.programme set paused_at = %(at)s where id = %(programme_id)s

-- name: resume
with ended as (
    update loyalty.pause set resumed_at = %(at)s where programme_id = %(programme_id)s and resumed_at is null
)
update loyalty.programme set paused_at = null where id = %(programme_id)s

-- name: plan_closing
update loyalty.programme set closing_at = %(closing_at)s, spend_until = %(spend_until)s where id = %(programme_id)s

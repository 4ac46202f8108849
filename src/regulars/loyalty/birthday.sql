-- name: mark
-- The last local day that was done.
select upto from loyalty.due_mark where programme_id = %(programme_id)s and name = 'birthday'

-- name: keep_mark
insert into loyalty.due_mark (programme_id, name, upto) values (%(programme_id)s, 'birthday', %(upto)s)
on conflict (programme_id, name) do update set upto = excluded.upto

-- name: born
-- Members whose trait falls on one of some calendar days, each with the instant at which that day begins, who were members
-- long enough by then, and whom no profile of theirs brought the award that year.
select m.id as member_id, m.customer_id, d.begins, d.year
from unnest(%(days)s::text[], %(begins)s::timestamptz[], %(years)s::int[]) as d (day, begins, year)
join (
    select f.customer_id, to_char(loyalty.day_of(f.traits ->> %(trait)s), 'MM-DD') as day from customers.fact_customer f
    where f.traits ? %(trait)s
) f on f.day = d.day
join loyalty.member m on m.programme_id = %(programme_id)s and m.customer_id = f.customer_id and m.closed_at is null
    and m.joined_at <= d.begins - make_interval(hours => 24 * %(member_days)s)
where not exists (
    select from loyalty.caller_key k
    where k.programme_id = m.programme_id and k.key in (
        select 'regulars:birthday:' || o.id || ':' || d.year from loyalty.member o where o.id = m.id or o.merged_into = m.id))
order by d.begins, m.id

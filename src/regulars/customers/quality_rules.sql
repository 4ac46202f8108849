-- name: fresh_within
-- How many customers have a value of a trait told after an instant, and how many have one.
select
    count(distinct person.customer_id)::integer as measured,
    count(distinct person.customer_id) filter (where person.occurred_at <= %(since)s)::integer as concerned
from (
    select coalesce(atom.survivor_id, atom.customer_id) as customer_id, max(trait.occurred_at) as occurred_at
    from customers.standing_trait as trait
    inner join customers.customer as atom on atom.customer_id = trait.customer_id
    where trait.name = %(trait)s and trait.value <> 'null' and (%(source)s = '' or trait.source = %(source)s)
    group by coalesce(atom.survivor_id, atom.customer_id)
) as person

-- name: held_alone
-- How many customers have a value of a trait, and how many of them one that somebody else has too.
with held as (
    select
        coalesce(atom.survivor_id, atom.customer_id) as customer_id, customers.folded(trait.value #>> '{}') as value
    from customers.standing_trait as trait
    inner join customers.customer as atom on atom.customer_id = trait.customer_id
    where trait.name = %(trait)s and trait.value <> 'null' and (%(source)s = '' or trait.source = %(source)s)
)

select
    (select count(distinct customer_id) from held)::integer as measured,
    count(distinct held.customer_id)::integer as concerned
from held
inner join (select value from held group by value having count(distinct customer_id) > 1) as twice using (value)

-- name: standings
-- How the rules stand, by key.
select key, kept, since, share, concerned, measured, checked_at from customers.quality_standing order by key

-- name: put_standing
insert into customers.quality_standing (key, kept, since, share, concerned, measured, checked_at)
values (%(key)s, %(kept)s, %(at)s, %(share)s, %(concerned)s, %(measured)s, %(at)s)
on conflict (key) do update
set
    since = case when quality_standing.kept is distinct from excluded.kept then excluded.since else quality_standing.since end,
    kept = excluded.kept, share = excluded.share, concerned = excluded.concerned, measured = excluded.measured,
    checked_at = excluded.checked_at

-- name: forget_standings
-- Of rules that are live no more.
delete from customers.quality_standing where not key = any(%(live)s)

-- name: people
-- How many customers, and how many rows of traits there are about.
select
    (select count(*) from customers.customer where survivor_id is null)::integer as customers,
    (
        greatest((select reltuples from pg_class where oid = 'customers.trait'::regclass), 0)
        + 8 * coalesce((  -- About so many are told at once.
            select greatest(pg_class.reltuples, 0) * (1 - pg_stats.null_frac)
            from pg_class
            inner join pg_stats
                on pg_stats.schemaname = 'customers' and pg_stats.tablename = 'customer' and attname = 'told_position'
            where pg_class.oid = 'customers.customer'::regclass
        ), 0)
    )::bigint as rows

-- name: traits
-- Each trait with how many have it and of which types, over a share of the rows, the fullest first.
select
    trait.name,
    count(*)::bigint as seen,
    coalesce(count(*) filter (where jsonb_typeof(trait.value) = 'string'), 0)::bigint as texts,
    coalesce(count(*) filter (where jsonb_typeof(trait.value) = 'number'), 0)::bigint as numbers,
    coalesce(count(*) filter (where jsonb_typeof(trait.value) = 'boolean'), 0)::bigint as booleans,
    coalesce(count(*) filter (where jsonb_typeof(trait.value) = 'array'), 0)::bigint as lists,
    coalesce(count(*) filter (where jsonb_typeof(trait.value) = 'object'), 0)::bigint as objects,
    min(left(trait.value #>> '{{}}', 80)) as example,
    max(trait.occurred_at) as last_at,
    (array_agg(distinct trait.source) filter (where trait.source is not null))[1:6] as sources
from (
    select customer_id, name, value, occurred_at, source
    from customers.trait tablesample system ({share}) repeatable (1)
    union all
    select customer.customer_id, once.key collate "C", once.value, customer.told_at, customer.told_source
    from customers.customer tablesample system ({share}) repeatable (1)
    cross join jsonb_each(customer.traits) as once
    where customer.told_position is not null
) as trait
where trait.value <> 'null'
group by trait.name
order by seen desc, trait.name
limit %(limit)s

-- name: conflicts
-- Told values that do not fit the declared type, by trait and source, the most first.
select
    former.name, coalesce(former.source, '') as source, count(*)::integer as told,
    count(distinct former.customer_id)::integer as customers, min(left(former.value #>> '{}', 80)) as example,
    max(former.occurred_at) as last_at
from customers.trait_value as former
where not former.fits
group by former.name, former.source
order by told desc, former.name, former.source
limit %(limit)s

-- name: contacts
-- What was given as an identifier or contact and is none, by kind, reason and source, the most first.
select
    problem.kind, problem.reason, problem.source, count(*)::integer as told,
    min(problem.written) as example, max(problem.first_at) as last_at
from customers.claim_problem as problem
group by problem.kind, problem.reason, problem.source
order by told desc, problem.kind, problem.reason, problem.source
limit %(limit)s

-- name: is_due
-- Whether a day is to be counted: nothing was before, long ago, or the log says what could change the figures. What
-- was looked through in vain is not looked through again.
with last as (
    select day, position from customers.quality_day order by day desc limit 1
),

judged as materialized (
    select day, position, case
        when day >= %(day)s then false
        when day <= %(stale)s then true
        else exists (
            select from log.fact_event
            where
                fact_event.position > last.position and customer_id is not null
                and (type = 'identify' or starts_with(name, 'regulars.customers.'))
        )
    end as due
    from last
),

passed as (
    update customers.quality_day
    set position = greatest(judged.position, (select max(position) from log.fact_event))
    from judged
    where quality_day.day = judged.day and quality_day.day < %(day)s and not judged.due
)

select coalesce((select due from judged), true)

-- name: begin_day
-- A day, counted anew when it was counted before.
with former as (
    delete from customers.quality_figure where day = %(day)s
)

insert into customers.quality_day (day, customers, sampled, position)
select %(day)s, count(*)::integer, %(sampled)s, %(position)s
from customers.customer
where survivor_id is null
on conflict (day) do update
set customers = excluded.customers, sampled = excluded.sampled, position = excluded.position
returning customers

-- name: count_day
-- The figures of a day, by trait, by trait and source, and by source; people are counted, not their atoms.
with told as materialized (
    select
        coalesce(atom.survivor_id, atom.customer_id) as person_id, trait.name, coalesce(trait.source, '') as source,
        trait.occurred_at
    from (
        select customer_id, name, value, occurred_at, source
        from customers.trait tablesample system ({share}) repeatable (1)
        union all
        select customer.customer_id, once.key collate "C", once.value, customer.told_at, customer.told_source
        from customers.customer tablesample system ({share}) repeatable (1)
        cross join jsonb_each(customer.traits) as once
        where customer.told_position is not null
    ) as trait
    inner join customers.customer as atom on atom.customer_id = trait.customer_id
    where trait.value <> 'null'
),

standing as (
    select
        case when grouping(name) = 1 then '' else name end as trait,
        case when grouping(source) = 1 then '' else source end as source,
        least(round(count(distinct person_id) * 100.0 / {share}), %(customers)s)::integer as customers,
        least(round(
            count(distinct person_id) filter (where occurred_at > %(fresh_since)s) * 100.0 / {share}
        ), %(customers)s)::integer as fresh,
        max(occurred_at) as last_at
    from told
    group by grouping sets ((name), (name, source), (source))
    having grouping(source) = 1 or source <> ''
),

outdone as (
    select
        coalesce(atom.survivor_id, atom.customer_id) as person_id, former.name, coalesce(former.source, '') as source,
        former.occurred_at, stands.name is null as alone, stands.source is distinct from former.source as apart
    from customers.trait_value as former
    inner join customers.customer as atom on atom.customer_id = former.customer_id
    left join customers.trait as stands on stands.customer_id = former.customer_id and stands.name = former.name
    where not former.fits and (stands.name is null or former.occurred_at > stands.occurred_at)
),

unfit as (
    select
        name as trait, case when grouping(source) = 1 then '' else source end as source,
        count(distinct person_id)::integer as unfit,
        case
            when grouping(source) = 1 then count(distinct person_id) filter (where alone)
            else count(distinct person_id) filter (where apart)
        end::integer as without,
        max(occurred_at) as last_at
    from outdone
    group by grouping sets ((name), (name, source))
    having grouping(source) = 1 or source <> ''
),

shared as (
    select kind as trait, '' as source, sum(people)::integer as shared
    from (
        select shared.kind, count(distinct coalesce(atom.survivor_id, atom.customer_id)) as people
        from customers.shared
        inner join customers.claim on claim.kind = shared.kind and claim.value = shared.value
        inner join customers.customer as atom on atom.customer_id = claim.atom_id
        group by shared.kind, shared.value
    ) as by_value
    where people > 1
    group by kind
)

insert into customers.quality_figure (day, trait, source, customers, told, unfit, shared, fresh, last_at)
select
    %(day)s, trait, source, coalesce(standing.customers, 0),
    coalesce(standing.customers, 0) + coalesce(unfit.without, 0), coalesce(unfit.unfit, 0),
    coalesce(shared.shared, 0), coalesce(standing.fresh, 0), greatest(standing.last_at, unfit.last_at)
from standing
full join unfit using (trait, source)
left join shared using (trait, source)
order by coalesce(standing.customers, 0) desc, trait, source
limit %(lines_max)s

-- name: forget_days
delete from customers.quality_day where day < %(before)s

-- name: days
-- The figures of one trait since a day, with the newest before it, by source and day.
select
    figure.day, figure.trait, figure.source, figure.customers, figure.told, figure.unfit, figure.shared, figure.fresh,
    figure.last_at, counted.customers as everybody,
    coalesce(told.customers, case when figure.source = '' then counted.customers else figure.customers end) as of_whom
from customers.quality_figure as figure
inner join customers.quality_day as counted on counted.day = figure.day
left join customers.quality_figure as told
    on told.day = figure.day and told.trait = '' and told.source = figure.source and figure.source <> ''
where
    figure.trait = %(trait)s
    and (%(source)s::text is null or figure.source = %(source)s)
    and figure.day >= coalesce(
        (select max(day) from customers.quality_day where day <= %(since)s), '-infinity'
    )
    and figure.day <= %(until)s
order by figure.source, figure.day

-- name: counted_days
-- The days since one that were counted, with the newest before them.
select day from customers.quality_day
where
    day >= coalesce((select max(day) from customers.quality_day where day <= %(since)s), '-infinity')
    and day <= %(until)s
order by day

-- name: newest
-- The figures of the newest day, by trait and source, the fullest first.
select
    figure.day, figure.trait, figure.source, figure.customers, figure.told, figure.unfit, figure.shared, figure.fresh,
    figure.last_at, counted.customers as everybody,
    coalesce(told.customers, case when figure.source = '' then counted.customers else figure.customers end) as of_whom
from customers.quality_figure as figure
inner join customers.quality_day as counted on counted.day = figure.day
left join customers.quality_figure as told
    on told.day = figure.day and told.trait = '' and told.source = figure.source and figure.source <> ''
where
    figure.day = (select max(day) from customers.quality_day)
    and figure.trait <> '' and (%(trait)s::text is null or figure.trait = %(trait)s)
order by figure.customers desc, figure.trait, figure.source
limit %(limit)s

-- name: courses
-- The share of customers who have each trait, since a day, in order.
select figure.trait, figure.day, figure.customers::double precision / nullif(counted.customers, 0) as share
from customers.quality_figure as figure
inner join customers.quality_day as counted on counted.day = figure.day
where figure.source = '' and figure.trait <> '' and figure.day >= %(since)s
order by figure.trait, figure.day

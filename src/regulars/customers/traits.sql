-- name: others
-- Of a range of the log, the events that tell of customers who were told of otherwise, too, or whose traits cannot be
-- kept as they came: what does not fit, is converted, taken away, or expires. The rest is all that is told of somebody.
with event as materialized (
    select customer_id, position, properties, context, count(*) over (partition by customer_id) as times
    from log.fact_event
    where position > %(after)s and position <= %(to)s and type = 'identify' and customer_id is not null
)

select event.position
from event
cross join lateral (
    select survivor_id, told_position from customers.customer where customer.customer_id = event.customer_id
    offset 0  -- By index, here and below, never the whole table.
) as atom
where
    event.times > 1
    or atom.survivor_id is not null
    or atom.told_position <> event.position
    or customers.instant(event.context #>> '{provenance,expires_at}') is not null
    or jsonb_path_exists(event.properties, '$.* ? (@ == null)')
    or exists (
        select from customers.declared_trait as declared
        where
            event.properties ? declared.path
            and customers.typed(event.properties -> declared.path, declared.type)
            is distinct from event.properties -> declared.path
        offset 0
    )
    -- Whoever is newer than all that were told of so needs no look of their own.
    or (
        event.customer_id <= coalesce((select max(trait.customer_id) from customers.trait), 0)
        and exists (select from customers.trait where trait.customer_id = event.customer_id offset 0)
    )
    or (
        event.customer_id <= coalesce((select max(trait_value.customer_id) from customers.trait_value), 0)
        and exists (select from customers.trait_value where trait_value.customer_id = event.customer_id offset 0)
    )
    or (
        event.customer_id
        <= coalesce((select max(survivor_id) from customers.customer where survivor_id is not null), 0)
        and exists (select from customers.customer as member where member.survivor_id = event.customer_id offset 0)
    )
order by event.position

-- name: atoms_of
-- The customers that some events tell of.
select distinct customer_id from log.fact_event where position = any(%(positions)s::bigint[])

-- name: unfold
-- Keep one by one what was told at once of some atoms, and of everybody who is one person with them.
with once as materialized (
    select customer_id, traits, told_at, told_position, told_source, told_origin
    from customers.customer
    where
        told_position is not null
        and coalesce(survivor_id, customer_id) = any(array(
            select coalesce(atom.survivor_id, atom.customer_id)
            from customers.customer as atom
            where atom.customer_id = any(%(atoms)s::bigint[])
        ))
    for update
),

cleared as (
    update customers.customer
    set told_position = null, told_at = null, told_source = null, told_origin = null
    from once
    where customer.customer_id = once.customer_id
)

insert into customers.trait (customer_id, name, value, occurred_at, position, source, origin)
select once.customer_id, trait.key, trait.value, once.told_at, once.told_position, once.told_source, once.told_origin
from once
cross join jsonb_each(once.traits) as trait
order by once.customer_id, trait.key

-- name: told_named
-- Everybody who was told a trait of this name at once with all others.
select customer_id from customers.customer where told_position is not null and traits ? %(name)s::text
order by customer_id

-- name: keep
-- What events of the log tell of traits: the last value by occurred_at that fits the declared type stands, what it
-- replaces is kept where it may be asked for again, and of the same told several times the first, which says since
-- when it has been so. The same events again change nothing.
with told as (
    select
        event.customer_id, trait.key as name,
        case when declared.path is null then trait.value else coalesce(typed.value, trait.value) end as value,
        event.occurred_at, event.position, event.source,
        event.context #>> '{provenance,kind}' as origin,
        customers.instant(event.context #>> '{provenance,expires_at}') as expires_at,
        declared.path is null or typed.value is not null as fits
    from log.fact_event as event
    cross join jsonb_each(event.properties) as trait
    left join customers.declared_trait as declared on declared.path = trait.key
    left join lateral (select customers.typed(trait.value, declared.type) as value) as typed
        on declared.path is not null
    where event.position = any(%(positions)s::bigint[])
),

stood as (
    select
        trait.customer_id, trait.name, trait.value, trait.occurred_at, trait.position, trait.source, trait.origin,
        trait.expires_at, true as fits
    from (select distinct customer_id, name from told) as asked
    inner join customers.trait using (customer_id, name)
    where not exists (
        select from told
        where
            told.customer_id = trait.customer_id and told.name = trait.name and told.position = trait.position
    )
),

ranked as (
    select
        every.*,
        row_number() over by_standing = 1 and fits as stands,
        lag(position) over by_time as former_position,
        lag(value) over by_time as former_value,
        lead(value) over by_time as next_value,
        lead(expires_at) over by_time as next_expires_at,
        lead(fits) over by_time as next_fits
    from (table told union all table stood) as every
    window
        by_standing as (partition by customer_id, name order by fits desc, occurred_at desc, position desc),
        by_time as (partition by customer_id, name order by occurred_at, position)
),

former as (
    insert into customers.trait_value
        (customer_id, name, value, occurred_at, position, source, origin, expires_at, fits)
    select
        ranked.customer_id, ranked.name, ranked.value, ranked.occurred_at, ranked.position, ranked.source,
        ranked.origin, ranked.expires_at, ranked.fits
    from ranked
    left join customers.declared_trait as declared on declared.path = ranked.name
    where
        not ranked.stands
        and (
            not ranked.fits or ranked.next_expires_at is not null or not coalesce(ranked.next_fits, true)
            or (
                coalesce(declared.keeps_history, true)
                and (
                    ranked.next_value is distinct from ranked.value
                    or case
                        when ranked.former_position is not null then ranked.former_value
                        else (
                            select earlier.value
                            from customers.trait_value as earlier
                            where
                                earlier.customer_id = ranked.customer_id and earlier.name = ranked.name and earlier.fits
                                and (earlier.occurred_at, earlier.position) < (ranked.occurred_at, ranked.position)
                            order by earlier.occurred_at desc, earlier.position desc
                            limit 1
                        )
                    end is distinct from ranked.value
                )
            )
        )
    on conflict do nothing
)

insert into customers.trait (customer_id, name, value, occurred_at, position, source, origin, expires_at)
select customer_id, name, value, occurred_at, position, source, origin, expires_at from ranked where stands
on conflict (customer_id, name) do update
set
    value = excluded.value, occurred_at = excluded.occurred_at, position = excluded.position,
    source = excluded.source, origin = excluded.origin, expires_at = excluded.expires_at
where (trait.occurred_at, trait.position) < (excluded.occurred_at, excluded.position)

-- name: make_tables
-- What choosing works on, empty; one set a session, for as soon as a table is dropped the driver forgets all prepared
-- statements.
create temporary table if not exists trait_asked (
    customer_id bigint not null, name text collate "C" not null
) on commit delete rows;
create temporary table if not exists trait_choice (
    customer_id bigint not null, name text collate "C" not null, value jsonb, occurred_at timestamptz,
    position bigint, source text collate "C", origin text collate "C", expires_at timestamptz, fits boolean,
    stands boolean
) on commit delete rows;
delete from pg_temp.trait_asked;
delete from pg_temp.trait_choice

-- name: any_expired
select exists (select from customers.trait where expires_at <= %(at)s)

-- name: stage_expired
-- The traits whose standing value has expired by an instant.
insert into pg_temp.trait_asked
select customer_id, name from customers.trait where expires_at <= %(at)s

-- name: stage_named
-- Every trait of one name that was ever told.
insert into pg_temp.trait_asked
select customer_id, name from customers.trait where name = %(name)s
union
select customer_id, name from customers.trait_value where name = %(name)s

-- name: stage_choices
-- Every value ever kept of the asked traits, as the declared type has it, and which of them stands at an instant.
insert into pg_temp.trait_choice
select
    every.*,
    fits and coalesce(expires_at > %(at)s, true) and row_number() over (
        partition by customer_id, name
        order by (fits and coalesce(expires_at > %(at)s, true)) desc, occurred_at desc, position desc
    ) = 1 as stands
from (
    select
        kept.customer_id, kept.name, coalesce(typed.value, kept.value) as value, kept.occurred_at, kept.position,
        kept.source, kept.origin, kept.expires_at, declared.path is null or typed.value is not null as fits
    from pg_temp.trait_asked as asked
    cross join lateral (
        select customer_id, name, value, occurred_at, position, source, origin, expires_at
        from customers.trait
        where trait.customer_id = asked.customer_id and trait.name = asked.name
        union all
        select customer_id, name, value, occurred_at, position, source, origin, expires_at
        from customers.trait_value
        where trait_value.customer_id = asked.customer_id and trait_value.name = asked.name
    ) as kept
    left join customers.declared_trait as declared on declared.path = kept.name
    left join lateral (select customers.typed(kept.value, declared.type) as value) as typed
        on declared.path is not null
) as every

-- name: drop_standing
delete from customers.trait using pg_temp.trait_asked as asked
where trait.customer_id = asked.customer_id and trait.name = asked.name

-- name: drop_former
delete from customers.trait_value using pg_temp.trait_asked as asked
where trait_value.customer_id = asked.customer_id and trait_value.name = asked.name

-- name: put_standing
insert into customers.trait (customer_id, name, value, occurred_at, position, source, origin, expires_at)
select customer_id, name, value, occurred_at, position, source, origin, expires_at
from pg_temp.trait_choice
where stands

-- name: put_former
insert into customers.trait_value
    (customer_id, name, value, occurred_at, position, source, origin, expires_at, fits)
select customer_id, name, value, occurred_at, position, source, origin, expires_at, fits
from pg_temp.trait_choice
where not stands

-- name: asked_customers
select distinct customer_id from pg_temp.trait_asked order by customer_id

-- name: declare
-- Replace what is declared under a definition's key.
insert into customers.declared_trait (path, key, title, type, personal, keeps_history)
values (%(path)s, %(key)s, %(title)s, %(type)s, %(personal)s, %(keeps_history)s)
on conflict (key) do update
set
    path = excluded.path, title = excluded.title, type = excluded.type, personal = excluded.personal,
    keeps_history = excluded.keeps_history

-- name: undeclare
delete from customers.declared_trait where key = %(key)s returning path

-- name: declared
select path, key, title, type, personal, keeps_history from customers.declared_trait order by path

-- name: declared_elsewhere
-- The key of another definition that declares this trait.
select key from customers.declared_trait where path = %(path)s and key <> %(key)s

-- name: declared_path
select path from customers.declared_trait where key = %(key)s

-- name: personal
-- The traits that only some may see, by path.
select path from customers.declared_trait where personal <> 'no' order by path

-- name: tally
-- Of a trait's standing values, how many have the declared type or could be read as it; of a share of the table.
select
    count(*) as told, count(*) filter (where customers.typed(found.value, %(type)s) is not null) as fitting,
    (array_agg(distinct left(found.value::text, 60)) filter (
        where customers.typed(found.value, %(type)s) is null
    ))[1:3] as examples
from customers.standing_trait as trait
cross join lateral (select trait.value #> %(inner)s::text[] as value) as found
where trait.name = %(name)s and found.value is not null and found.value <> 'null'

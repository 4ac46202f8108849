-- name: tells
-- Whether a range of the log tells anything of groups; most ranges do not.
select exists (
    select from log.fact_event
    where
        position > %(after)s and position <= %(to)s
        and (type = 'group' or type = 'track' and name = 'Group Left')
)

-- name: stage_told
-- What a range of the log tells of groups; the group's id stands in the context, else among the properties.
create temporary table group_told on commit drop as
select
    event.position, event.customer_id as atom_id, event.occurred_at, event.source,
    event.type = 'group' as belongs,
    coalesce(nullif(left(event.properties ->> 'type', 63), ''), 'account') as group_type,
    coalesce(event.context ->> 'groupId', event.properties ->> 'groupId', event.properties ->> 'group_id') as key,
    event.properties - '{groupId,group_id}'::text[] as traits
from log.fact_event as event
where
    event.position > %(after)s and event.position <= %(to)s
    and (event.type = 'group' or event.type = 'track' and event.name = 'Group Left')
    and coalesce(event.context ->> 'groupId', event.properties ->> 'groupId', event.properties ->> 'group_id')
        <> ''

-- name: know
-- Every group that is told of, once.
insert into customers.circle (type, key, first_seen_at, last_seen_at)
select group_type, left(key, 400), min(occurred_at), max(occurred_at)
from pg_temp.group_told
group by 1, 2
order by 1, 2
on conflict (type, key) do update
set
    first_seen_at = least(circle.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(circle.last_seen_at, excluded.last_seen_at)

-- name: keep
-- The last value of each trait of a group by occurred_at.
insert into customers.circle_trait (group_id, name, value, occurred_at, position, source)
select distinct on (circle.group_id, trait.key)
    circle.group_id, trait.key, trait.value, told.occurred_at, told.position, told.source
from pg_temp.group_told as told
inner join customers.circle on circle.type = told.group_type and circle.key = left(told.key, 400)
cross join jsonb_each(told.traits) as trait
where told.belongs and trait.key <> 'type'
order by circle.group_id, trait.key, told.occurred_at desc, told.position desc
on conflict (group_id, name) do update
set
    value = excluded.value, occurred_at = excluded.occurred_at, position = excluded.position,
    source = excluded.source
where (circle_trait.occurred_at, circle_trait.position) < (excluded.occurred_at, excluded.position)

-- name: join_or_leave
-- The last word by occurred_at on who belongs to what.
insert into customers.circle_member (group_id, atom_id, belongs, since, occurred_at, position)
select distinct on (circle.group_id, told.atom_id)
    circle.group_id, told.atom_id, told.belongs, told.occurred_at, told.occurred_at, told.position
from pg_temp.group_told as told
inner join customers.circle on circle.type = told.group_type and circle.key = left(told.key, 400)
where told.atom_id is not null
order by circle.group_id, told.atom_id, told.occurred_at desc, told.position desc
on conflict (group_id, atom_id) do update
set
    belongs = excluded.belongs, occurred_at = excluded.occurred_at, position = excluded.position,
    since = case
        when circle_member.belongs = excluded.belongs then least(circle_member.since, excluded.since)
        else excluded.since
    end
where (circle_member.occurred_at, circle_member.position) < (excluded.occurred_at, excluded.position)

-- name: stale
-- The groups told of, with the traits they have now.
select circle.group_id, circle.key, coalesce(held.traits, '{}') as traits
from (select distinct group_type, left(key, 400) as key from pg_temp.group_told) as told
inner join customers.circle on circle.type = told.group_type and circle.key = told.key
left join lateral (
    select jsonb_object_agg(name, value) as traits from customers.circle_trait
    where circle_trait.group_id = circle.group_id and value <> 'null'
) as held on true

-- name: derive
update customers.circle
set traits = derived.traits, name = derived.name, search = derived.search
from unnest(%(ids)s::bigint[], %(traits)s::jsonb[], %(names)s::text[], %(searches)s::text[])
    as derived (group_id, traits, name, search)
where circle.group_id = derived.group_id

-- name: unstage
drop table pg_temp.group_told

-- name: get
select
    circle.group_id, circle.type, circle.key, circle.name, circle.traits, circle.first_seen_at, circle.last_seen_at,
    (select count(*) from customers.fact_group_member as m where m.group_id = circle.group_id)::integer as members
from customers.circle
where circle.type = %(type)s and circle.key = %(key)s

-- name: page
-- Groups by type and key, narrowed by type and by the beginning of name or key.
select
    circle.group_id, circle.type, circle.key, circle.name, circle.traits, circle.first_seen_at, circle.last_seen_at,
    (select count(*) from customers.fact_group_member as m where m.group_id = circle.group_id)::integer as members
from customers.circle
where
    (%(type)s::text is null or circle.type = %(type)s)
    and (%(search)s::text is null or position(%(search)s in circle.search) > 0)
    and (%(after_type)s::text is null or (circle.type, circle.key) > (%(after_type)s, %(after_key)s))
order by circle.type, circle.key
limit %(limit)s

-- name: types
select type, count(*)::integer as groups from customers.circle group by type order by type

-- name: members
-- The persons of a group, by id, after one.
select customer_id, since from customers.fact_group_member
where group_id = %(group_id)s and customer_id > %(after)s
order by customer_id
limit %(limit)s

-- name: groups_of
-- The groups a person belongs to.
select
    circle.group_id, circle.type, circle.key, circle.name, circle.traits, min(member.since) as since,
    (select count(*) from customers.fact_group_member as m where m.group_id = circle.group_id)::integer as members
from customers.circle_member as member
inner join customers.circle using (group_id)
where member.belongs and member.atom_id = any(%(atoms)s)
group by circle.group_id
order by circle.type, circle.key

-- name: react
-- Keep each reaction once and tell the log; gives the sends of the new ones. What a machine did is told apart by name.
with told as (
    select distinct on (given.key) given.*
    from unnest(
        %(keys)s::text[], %(send_ids)s::bigint[], %(kinds)s::text[], %(ats)s::timestamptz[], %(machines)s::boolean[],
        %(signals)s::text[], %(hards)s::boolean[], %(links)s::text[], %(details)s::text[]
    ) as given (key, send_id, kind, at, machine, signal, hard, link, detail)
    order by given.key
),

kept as (
    insert into messaging.reaction (
        key, send_id, source_id, atom_id, customer_id, kind, machine, signal, hard, link, detail, at
    )
    select
        told.key, told.send_id, send.source_id, send.atom_id, send.customer_id, told.kind, told.machine, told.signal, told.hard,
        told.link, told.detail, told.at
    from told
    inner join messaging.send using (send_id)
    order by told.key
    on conflict do nothing
    returning *
),

-- Held until the commit, so that whoever changes what became of a send meanwhile sees that it was answered.
held as materialized (
    select send.send_id, send.source_id, send.state
    from messaging.send
    where send.send_id in (select kept.send_id from kept)
    order by send.send_id
    for share
),

answered as (
    insert into messaging.answer (send_id, source_id, state, bits)
    select
        held.send_id, held.source_id, messaging.left_as(held.state),
        bit_or(messaging.answer_of(kept.kind, kept.machine, kept.hard))
    from held
    inner join kept using (send_id)
    group by held.send_id, held.source_id, held.state
    order by held.send_id
    on conflict (send_id) do update
    set bits = answer.bits | excluded.bits
    where answer.bits | excluded.bits <> answer.bits
),

logged as materialized (
    select log.append(
        'messaging:reaction:' || kept.reaction_id,
        'regulars.messaging.' || case when kept.machine then 'machine_' else '' end || kept.kind,
        kept.atom_id,
        kept.at,
        jsonb_strip_nulls(jsonb_build_object(
            'send_id', kept.send_id, 'source_kind', source.kind, 'source', source.key,
            'source_version', source.version, 'channel', source.channel, 'template', source.template_key,
            'link', nullif(kept.link, ''), 'hard', case when kept.kind = 'bounced' then kept.hard end,
            'signal', nullif(kept.signal, '')
        ))
    )
    from kept
    inner join messaging.source using (source_id)
)

select send_id from kept where (select count(*) from logged) >= 0

-- name: hold_named
-- Before what these keys name is counted otherwise: nobody else answers for the same sends until the commit.
select send_id from messaging.answer
where send_id in (select reaction.send_id from messaging.reaction where key = any(%(keys)s::text[]))
order by send_id
for update

-- name: recount
-- What came back of these sends in all, from what is kept; asked while they are held.
with counted as (
    select reaction.send_id, bit_or(messaging.answer_of(kind, machine, hard)) as bits
    from messaging.reaction
    where reaction.send_id = any(%(send_ids)s::bigint[])
    group by reaction.send_id
)

update messaging.answer set bits = counted.bits
from counted
where answer.send_id = counted.send_id and answer.bits <> counted.bits

-- name: reclassify
-- What looked like a person and was a machine, as is seen later: the reaction stays, its name frees for a person.
with machine as (
    update messaging.reaction
    set machine = true, signal = told.signal, key = reaction.key || ':machine:' || reaction.reaction_id
    from unnest(%(keys)s::text[], %(signals)s::text[]) as told (key, signal)
    where reaction.key = told.key and not reaction.machine
    returning reaction.reaction_id, reaction.source_id, reaction.send_id, reaction.atom_id, reaction.kind,
        reaction.signal, reaction.link
),

logged as materialized (
    select log.append(
        'messaging:reclassified:' || machine.reaction_id,
        'regulars.messaging.reclassified',
        machine.atom_id,
        %(at)s::timestamptz,
        jsonb_strip_nulls(jsonb_build_object(
            'send_id', machine.send_id, 'source_kind', source.kind, 'source', source.key,
            'source_version', source.version, 'channel', source.channel, 'template', source.template_key,
            'reaction', machine.kind, 'link', nullif(machine.link, ''), 'signal', machine.signal
        ))
    )
    from machine
    inner join messaging.source using (source_id)
)

select count(*)::integer from machine where (select count(*) from logged) >= 0

-- name: latest_of
-- The last message of a source that left to a person, by any of their profiles.
select send.send_id from messaging.send
where send.source_id = %(source_id)s and send.customer_id = %(customer_id)s and send.state in ('sent', 'in_doubt', 'handed')
order by send.entry desc, send.send_id desc
limit 1

-- name: follow
-- What came back goes with the message it came of.
update messaging.reaction set customer_id = moved.after
from unnest(%(atoms)s::bigint[], %(afters)s::bigint[]) as moved (atom_id, after)
where reaction.atom_id = moved.atom_id and reaction.customer_id <> moved.after

-- name: erase
-- That something came back stays, for the figures; what of it, and where a link led, does not.
update messaging.reaction set link = '', detail = ''
where atom_id = any(%(atoms)s::bigint[]) and (link <> '' or detail <> '')

-- name: held
select reaction.kind, reaction.machine, reaction.signal, reaction.link, reaction.detail, reaction.at
from messaging.reaction
where reaction.atom_id = any(%(atoms)s::bigint[])
order by reaction.reaction_id

-- name: stage_old
-- Who answered what so long ago.
create temporary table reaction_old on commit drop as
select reaction_id, send_id from messaging.reaction where at < %(before)s

-- name: hold_old
-- Nobody else answers for the same sends until the commit.
select count(*) from (
    select send_id from messaging.answer
    where send_id in (select old.send_id from pg_temp.reaction_old as old)
    order by send_id
    for update
) as held

-- name: forget
-- Gone; the messages themselves have a period of their own.
delete from messaging.reaction using pg_temp.reaction_old as old where reaction.reaction_id = old.reaction_id

-- name: recount_old
with counted as (
    select
        old.send_id,
        bit_or(messaging.answer_of(reaction.kind, reaction.machine, reaction.hard))
            filter (where reaction.send_id is not null) as bits
    from (select distinct send_id from pg_temp.reaction_old) as old
    left join messaging.reaction using (send_id)
    group by old.send_id
),

unanswered as (
    delete from messaging.answer using counted
    where answer.send_id = counted.send_id and counted.bits is null
)

update messaging.answer set bits = counted.bits
from counted
where answer.send_id = counted.send_id and answer.bits <> counted.bits

-- name: unstage_old
drop table pg_temp.reaction_old

-- name: old
select count(*)::bigint as rows, min(at) as oldest
from messaging.reaction
where %(before)s::timestamptz is null or at < %(before)s

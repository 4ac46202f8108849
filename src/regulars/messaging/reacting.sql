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
        key, send_id, atom_id, customer_id, kind, machine, signal, hard, link, detail, at
    )
    select
        told.key, told.send_id, send.atom_id, send.customer_id, told.kind, told.machine, told.signal, told.hard,
        told.link, told.detail, told.at
    from told
    inner join messaging.send using (send_id)
    order by told.key
    on conflict do nothing
    returning *
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
    inner join messaging.send using (send_id)
    inner join messaging.source using (source_id)
)

select send_id from kept where (select count(*) from logged) >= 0

-- name: add_source
-- What asks for sends, once; a repeat gives nothing.
insert into messaging.source (
    kind, key, version, step, channel, template_key, template_version, created_at, topic, purpose, targeted, priority,
    capped, medium
)
values (
    %(kind)s, %(key)s, %(version)s, %(step)s, %(channel)s, %(template_key)s, %(template_version)s, %(at)s,
    %(topic)s, %(purpose)s, %(targeted)s, %(priority)s, %(capped)s, %(medium)s
)
on conflict do nothing

-- name: find_source
-- One source by its name.
select * from messaging.source
where kind = %(kind)s and key = %(key)s and version = %(version)s and step = %(step)s

-- name: source_of_id
select * from messaging.source where source_id = %(source_id)s

-- name: pause_source
-- Nothing more is claimed from a paused source.
update messaging.source set paused = %(paused)s where source_id = %(source_id)s

-- name: name_version
-- Before a source goes on with another version of its template: which one those had that left, or may have.
update messaging.send set template_version = %(version)s
where source_id = %(source_id)s and template_version is null and state in ('handed', 'sent', 'failed', 'in_doubt')

-- name: switch_template
update messaging.source set template_version = %(version)s where source_id = %(source_id)s

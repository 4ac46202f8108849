-- Why: a source of messages names its topic and purpose, so that consent, objection, pause and "less often" are asked at
--      the moment of sending; a kept message says whether its opens and clicks may be counted.
-- On 10M rows: sources are few; columns with defaults come at once. Undo: drop the columns, create the view as in 0031.

alter table messaging.source
    add column topic text collate "C" not null default '',  -- Of the consent policy; empty: the channel as a whole.
    add column purpose text collate "C" not null default 'marketing' check (purpose in ('marketing', 'transactional')),
    add column targeted boolean not null default false;  -- Whether people are chosen by what is known of them.
update messaging.source set purpose = 'transactional' where kind = 'form';
update messaging.source set targeted = true where kind = 'campaign';

alter table messaging.recorded add column tracked boolean not null default false;

create or replace view messaging.fact_send as
select
    send.send_id, source.kind as source_kind, source.key as source_key, source.version as source_version,
    source.step, source.channel, source.template_key, source.template_version,
    send.customer_id, send.entry, send.arm, send.state, send.reason, send.queued_at, send.decided_at,
    send.resolved_at, send.atom_id, source.topic, source.purpose
from messaging.send
inner join messaging.source using (source_id);

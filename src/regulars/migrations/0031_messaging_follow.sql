-- Why: sends follow when profiles are merged or split: a row keeps the profile it was written for, and is the person's.
-- On 10M rows: every row is written once, two minutes; indexes another minute.
-- Undo: while nobody is merged: drop the column and both indexes, create the constraint again as in 0010, and the view.

alter table messaging.send add column atom_id bigint;
update messaging.send set atom_id = customer_id;
alter table messaging.send alter column atom_id set not null;

-- Two profiles of what turns out to be one person may each have a row; only one of them is sent.
alter table messaging.send drop constraint send_source_id_customer_id_entry_key;
create unique index send_once_a_profile on messaging.send (source_id, atom_id, entry);
create index send_of_person on messaging.send (source_id, customer_id, entry);
create index send_of_profile on messaging.send (atom_id);

create or replace view messaging.fact_send as
select
    send.send_id, source.kind as source_kind, source.key as source_key, source.version as source_version,
    source.step, source.channel, source.template_key, source.template_version,
    send.customer_id, send.entry, send.arm, send.state, send.reason, send.queued_at, send.decided_at,
    send.resolved_at, send.atom_id
from messaging.send
inner join messaging.source using (source_id);

-- Why: what the policy of the company says of messages (caps, quiet hours, priority, holdout) is asked before each; what
-- may not leave yet waits until its moment; who asked to wait is tried again.
-- On 10M rows: columns with constant defaults come at once; the small indexes take seconds, send_counted a minute.
-- Undo: drop what is made here, create send_open as in 0010 and the view as in 0037.

alter table messaging.source
add column medium text collate "C" not null default 'email' check (
    medium in ('email', 'sms', 'push', 'inbox', 'webhook')
);
alter table messaging.send
add column not_before timestamptz not null default '-infinity',  -- By the business clock.
add column tries smallint not null default 0,  -- How often the other side asked to wait.
add column template_version integer;  -- As it left; null: the source's.

-- What is due of a source, in the order in which it goes; and what somebody holds a lease of.
drop index messaging.send_open;
create index send_due on messaging.send (source_id, not_before, send_id) where state = 'queued';
create index send_leased on messaging.send (source_id) where state in ('claimed', 'handed');
-- What caps count of a person.
create index send_counted on messaging.send (customer_id, decided_at) where state in ('handed', 'sent', 'in_doubt');
-- What competes for a person.
create index send_waiting on messaging.send (customer_id) where state = 'queued';
-- The few that need somebody, for the log of messages.
create index send_troubled on messaging.send (state, send_id) where state in ('failed', 'in_doubt');
-- What was given along with a message, to be forgotten with it.
create index send_with_data on messaging.send (decided_at) where data is not null;

create or replace view messaging.fact_send as
select
    send.send_id, source.kind as source_kind, source.key as source_key, source.version as source_version,
    source.step, source.channel, source.template_key,
    coalesce(send.template_version, source.template_version) as template_version,
    send.customer_id, send.entry, send.arm, send.state, send.reason, send.queued_at, send.decided_at,
    send.resolved_at, send.atom_id, source.topic, source.purpose, source.medium, source.priority, source.capped,
    nullif(send.not_before, '-infinity') as not_before, send.tries
from messaging.send
inner join messaging.source using (source_id);

-- name: remember_actor
-- Keeps the name under which somebody acts; a no-op when it is known.
insert into audit.actor (person_id, name)
select %(actor_id)s::bigint, %(actor_name)s::text
where not exists (
    select from audit.actor
    where coalesce(person_id, 0) = coalesce(%(actor_id)s::bigint, 0) and name = %(actor_name)s
)
on conflict (coalesce(person_id, 0), name) where name is not null do nothing

-- name: record
-- One entry with its values, if it has any; gives the entry's number.
with kept as (
    insert into audit.value (subject_kind, subject, before, after, reason)
    select %(subject_kind)s, %(subject)s, %(before)s::jsonb, %(after)s::jsonb, %(reason)s::text
    where num_nonnulls(%(before)s::jsonb, %(after)s::jsonb, %(reason)s::text) > 0
    returning value_id
)
insert into audit.entry (at, actor_id, via, action, subject_kind, subject, scope, value_id)
select
    %(at)s,
    actor.actor_id,
    %(via)s,
    %(action)s,
    %(subject_kind)s,
    %(subject)s,
    %(scope)s,
    (select value_id from kept)
from audit.actor
where coalesce(actor.person_id, 0) = coalesce(%(actor_id)s::bigint, 0) and actor.name = %(actor_name)s
returning entry_id

-- name: entries
-- Entries that pass every filter given, newest first.
select
    entry.entry_id,
    entry.at,
    entry.recorded_at,
    actor.person_id as actor_id,
    actor.name as actor_name,
    entry.via,
    entry.action,
    entry.subject_kind,
    entry.subject,
    entry.scope,
    value.before,
    value.after,
    value.reason,
    value.erased_at
from audit.entry
join audit.actor using (actor_id)
left join audit.value using (value_id)
where (%(entry_id)s::bigint is null or entry.entry_id = %(entry_id)s)
    and (%(before_entry)s::bigint is null or entry.entry_id < %(before_entry)s)
    and (%(actor_id)s::bigint is null or entry.actor_id in (
        select actor_id from audit.actor where person_id = %(actor_id)s
    ))
    and (%(action)s::text is null or entry.action = %(action)s)
    and (%(subject_kind)s::text is null or entry.subject_kind = %(subject_kind)s)
    and (%(subject)s::text is null or entry.subject = %(subject)s)
    and (%(scope)s::text is null or entry.scope = %(scope)s)
    and (%(since)s::timestamptz is null or entry.at >= %(since)s)
    and (%(until)s::timestamptz is null or entry.at < %(until)s)
order by entry.entry_id desc
limit %(limit)s

-- name: erase_values
-- Empties every value kept of one subject; the entries stay.
update audit.value
set before = null, after = null, reason = null, erased_at = %(at)s
where subject_kind = %(subject_kind)s and subject = %(subject)s and erased_at is null

-- name: erase_actor
-- Forgets under which names one person acted; the entries keep the person's number.
update audit.actor set name = null where person_id = %(actor_id)s and name is not null

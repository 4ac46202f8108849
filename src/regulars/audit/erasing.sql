-- name: erase
-- The values of some subjects go; the entries stay and say so.
update audit.value
set before = null, after = null, reason = null, erased_at = clock_timestamp()  -- wall clock
where
    erased_at is null
    and subject_kind in ('customer', 'member') and split_part('/' || subject, '/', -1) = any(%(subjects)s::text[])

-- name: values_telling
-- All that values say, also what they are of.
select value_id, concat_ws(chr(31), subject, before, after, reason) from audit.value

-- name: erase_values
-- Those in which somebody is named.
update audit.value
set before = null, after = null, reason = null, erased_at = clock_timestamp()  -- wall clock
where
    erased_at is null and value_id = any(%(ids)s::bigint[])
    and (before::text ~* %(pattern)s or after::text ~* %(pattern)s or reason ~* %(pattern)s)

-- name: allow
-- The guard lets the subject of an entry be emptied until the transaction ends.
select set_config('regulars.erasing', 'on', true)

-- name: subjects_telling
select entry_id, subject from audit.entry

-- name: erase_subjects
-- The address of a list that was looked at may name who was looked for.
update audit.entry
set subject = regexp_replace(subject, %(over)s, 'erased', 'gi')
where entry_id = any(%(ids)s::bigint[]) and subject ~* %(pattern)s

-- name: erase_value_subjects
update audit.value
set
    subject = regexp_replace(subject, %(over)s, 'erased', 'gi'), before = null, after = null, reason = null,
    erased_at = coalesce(erased_at, clock_timestamp())  -- wall clock
where value_id = any(%(ids)s::bigint[]) and subject ~* %(pattern)s

-- name: held
-- What was done to some customers, and what was before and after.
select entry.at, entry.action, entry.subject_kind, entry.subject, value.before, value.after
from audit.entry
left join audit.value using (value_id)
where
    entry.subject_kind in ('customer', 'member')
    and split_part('/' || entry.subject, '/', -1) = any(%(subjects)s::text[])
order by entry.entry_id

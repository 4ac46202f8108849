-- Why: who did what, through what, when and to what; entries for ever, values until somebody's data must go.
-- How long on 10M rows: creates empty tables, no time at all.
-- Undo: drop schema audit cascade.

create schema audit;

-- The name somebody had when they acted, apart from the entries, so that it can be erased too.
create table audit.actor (
    actor_id bigint generated always as identity primary key,
    person_id bigint,
    name text
);

create unique index actor_known on audit.actor (coalesce(person_id, 0), name) where name is not null;

-- The one home of what an entry's subject looked like; it can be emptied and never altered.
create table audit.value (
    value_id bigint generated always as identity primary key,
    subject_kind text collate "C" not null,
    subject text collate "C" not null,
    before jsonb,
    after jsonb,
    reason text,
    erased_at timestamptz
);

create index value_of_subject on audit.value (subject_kind, subject);

create table audit.entry (
    entry_id bigint generated always as identity primary key,
    at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(), -- wall clock
    actor_id bigint not null references audit.actor,
    via text collate "C" not null,
    action text collate "C" not null,
    subject_kind text collate "C" not null,
    subject text collate "C" not null,
    scope text collate "C",
    value_id bigint references audit.value
);

create index entry_of_subject on audit.entry (subject_kind, subject, entry_id);
create index entry_of_actor on audit.entry (actor_id, entry_id);
create index entry_of_action on audit.entry (action, entry_id);
create index entry_at on audit.entry using brin (at);

create function audit.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of %.% refused: what was recorded stays as it was', tg_op, tg_table_schema, tg_table_name
        using errcode = 'restrict_violation', hint = 'Erase the values of a subject instead.';
end
$$;

create trigger entry_is_append_only before update or delete or truncate on audit.entry
    for each statement execute function audit.refuse_change();

create trigger value_is_never_removed before delete or truncate on audit.value
    for each statement execute function audit.refuse_change();

create trigger value_is_never_altered before update on audit.value
    for each row when (
        num_nonnulls(new.before, new.after, new.reason) > 0
        or new.erased_at is null
        or (new.value_id, new.subject_kind, new.subject) is distinct from (old.value_id, old.subject_kind, old.subject)
    )
    execute function audit.refuse_change();

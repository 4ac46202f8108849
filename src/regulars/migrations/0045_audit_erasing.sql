-- Why: the subject of an entry may be the address of a list that names whom somebody looked for; erasing a person
--      empties that, and nothing else passes.
-- On 10M rows: at once, only two functions and two triggers are replaced.
-- Undo: create audit.refuse_change and the trigger value_is_never_altered as in 0003.

create or replace function audit.refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and coalesce(current_setting('regulars.erasing', true), '') = 'on' then
        return null;
    end if;
    raise exception '% of %.% refused: what was recorded stays as it was', tg_op, tg_table_schema, tg_table_name
        using errcode = 'restrict_violation', hint = 'Erase the values of a subject instead.';
end
$$;

-- An update of entries by erasing changes the subject alone.
create function audit.refuse_other_change() returns trigger language plpgsql as $$
begin
    raise exception 'update of %.% refused: what was recorded stays as it was', tg_table_schema, tg_table_name
        using errcode = 'restrict_violation', hint = 'Erase the values of a subject instead.';
end
$$;

create trigger entry_keeps_all_but_its_subject before update on audit.entry
    for each row when (
        (new.entry_id, new.at, new.recorded_at, new.actor_id, new.via, new.action, new.subject_kind, new.scope, new.value_id)
        is distinct from
        (old.entry_id, old.at, old.recorded_at, old.actor_id, old.via, old.action, old.subject_kind, old.scope, old.value_id)
    )
    execute function audit.refuse_other_change();

drop trigger value_is_never_altered on audit.value;
create trigger value_is_never_altered before update on audit.value
    for each row when (
        num_nonnulls(new.before, new.after, new.reason) > 0
        or new.erased_at is null
        or (new.value_id, new.subject_kind) is distinct from (old.value_id, old.subject_kind)
        or new.subject is distinct from old.subject
            and coalesce(current_setting('regulars.erasing', true), '') <> 'on'
    )
    execute function audit.refuse_other_change();

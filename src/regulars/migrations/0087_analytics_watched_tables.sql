-- Why: whether a table is followed is told by its own triggers, so that one that got another name stays followed.
-- On 10M rows: at once.
-- Undo: create the function again as in 0035.

-- As in 0035, but for the first question.
create or replace function analytics.watch(name text, watched regclass, key text) returns boolean language plpgsql as $watch$
declare
    function_name text := 'touch_' || name || '_' || replace(watched::text, '.', '_');
    event record;
begin
    if exists (select from pg_trigger where tgrelid = watched and tgname = 'lake_' || name || '_insert') then
        return false;
    end if;
    execute format($make$
        create or replace function analytics.%I() returns trigger language plpgsql as $body$
        begin
            insert into analytics.touched (name, chunk)
            select distinct %L, analytics.chunk_of(changed.%I) from changed;
            return null;
        end $body$ $make$, function_name, name, key);
    for event in
        select * from (values ('insert', 'new'), ('update', 'new'), ('delete', 'old')) as one (doing, row_kind)
    loop
        execute format('create trigger %I after %s on %s referencing %s table as changed '
                       'for each statement execute function analytics.%I()',
                       'lake_' || name || '_' || event.doing, event.doing, watched, event.row_kind, function_name);
    end loop;
    return true;
end
$watch$;

-- name: files
-- Imports whose file still lies somewhere.
select
    import_id, folder, name, state, coalesce(mapping -> 'columns', '{}') as columns,
    array(select one ->> 'name' from jsonb_array_elements(layout -> 'columns') as one) as names
from imports.import
where removed_at is null
order by import_id

-- name: rewritten
-- Rows were taken out of a file: what was counted and shown of it no longer holds.
update imports.import
set
    rows = %(rows)s, findings = null,
    layout = jsonb_set(layout, '{columns}', (
        select jsonb_agg(one.value || '{"examples": []}' order by one.ordinality)
        from jsonb_array_elements(layout -> 'columns') with ordinality as one
    ))
where import_id = %(import_id)s

-- name: erase_words
update imports.import
set
    name = case when name ~* %(pattern)s then 'erased' else name end,
    error = case when error ~* %(pattern)s then null else error end,
    findings = case when findings::text ~* %(pattern)s then null else findings end,
    layout = case
        when layout::text ~* %(pattern)s then jsonb_set(layout, '{columns}', (
            select jsonb_agg(one.value || '{"examples": []}' order by one.ordinality)
            from jsonb_array_elements(layout -> 'columns') with ordinality as one
        ))
        else layout
    end
where name ~* %(pattern)s or error ~* %(pattern)s or findings::text ~* %(pattern)s or layout::text ~* %(pattern)s

-- name: bad_telling
select import_id || ':' || row, concat_ws(chr(31), cells, problems) from imports.bad_row

-- name: erase_bad
-- The cells go, and what was said of them; that a row could not be used stays, with the kind of its problem.
update imports.bad_row
set
    cells = '{}', state = case when state = 'open' then 'dismissed' else state end,
    problems = (
        select coalesce(jsonb_agg(problem || '{"message": "erased"}'), '[]') from jsonb_array_elements(problems) as problem
    )
where
    import_id || ':' || row = any(%(ids)s::text[])
    and (cells::text ~* %(pattern)s or problems::text ~* %(pattern)s)

-- name: erase_bad_rows
-- The same for rows that were taken out of the file.
update imports.bad_row
set
    cells = '{}', state = case when state = 'open' then 'dismissed' else state end,
    problems = (
        select coalesce(jsonb_agg(problem || '{"message": "erased"}'), '[]') from jsonb_array_elements(problems) as problem
    )
where import_id = %(import_id)s and row = any(%(rows)s::bigint[])

-- name: held_bad
select import.name as file, bad.row, bad.cells
from imports.bad_row as bad
inner join imports.import using (import_id)
where bad.cells::text ~* %(pattern)s
order by bad.import_id, bad.row

-- name: allow
-- The guard lets bodies be emptied of what names a person, until the transaction ends.
select set_config('regulars.erasing', 'on', true)

-- name: erase_versions
-- Where a definition names the person it says "erased" instead, in every version: nobody is meant by it any more.
update definitions.version
set
    body = regexp_replace(body::text, %(over)s, 'erased', 'gi')::jsonb,
    title = regexp_replace(title, %(over)s, 'erased', 'gi'),
    note = regexp_replace(note, %(over)s, 'erased', 'gi')
where body::text ~* %(pattern)s or title ~* %(pattern)s or note ~* %(pattern)s

-- name: erase_heads
update definitions.head
set
    title = regexp_replace(title, %(over)s, 'erased', 'gi'),
    search = regexp_replace(search, %(over)s, 'erased', 'gi')
where title ~* %(pattern)s or search ~* %(pattern)s

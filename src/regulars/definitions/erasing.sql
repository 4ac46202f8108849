-- name: allow
-- The guard lets bodies be emptied of what names a person, until the transaction ends.
select set_config('regulars.erasing', 'on', true)

-- name: former
-- What history and drafts say, and the notes of what is live.
select
    version.kind || '/' || version.key,
    concat_ws(chr(31), version.note, version.key, case when version.state <> 'live' then concat_ws(chr(31), version.body, version.title) end)
from definitions.version

-- name: live
-- What is live says.
select version.kind || '/' || version.key, concat_ws(chr(31), version.body, version.title)
from definitions.version
where version.state = 'live'

-- name: which
select version.kind || '/' || version.key as place, version.kind, version.key, version.title
from definitions.version
where version.state = 'live' and version.kind || '/' || version.key = any(%(places)s::text[])
order by version.kind, version.key

-- name: erase_versions
-- It says "erased" instead: nobody is meant by it any more. Of what is live only on request; its notes always.
update definitions.version
set
    body = case when %(live)s or state <> 'live' then regexp_replace(body::text, %(over)s, 'erased', 'gi')::jsonb else body end,
    title = case when %(live)s or state <> 'live' then regexp_replace(title, %(over)s, 'erased', 'gi') else title end,
    note = regexp_replace(note, %(over)s, 'erased', 'gi')
where
    kind || '/' || key = any(%(places)s::text[])
    and (
        (%(live)s or state <> 'live') and (body::text ~* %(pattern)s or title ~* %(pattern)s)
        or note ~* %(pattern)s
    )

-- name: erase_heads
-- A head shows what is live, or else its draft or its history.
update definitions.head
set
    title = regexp_replace(title, %(over)s, 'erased', 'gi'),
    search = regexp_replace(search, %(over)s, 'erased', 'gi')
where
    kind || '/' || key = any(%(places)s::text[]) and (%(live)s or live is null)
    and (title ~* %(pattern)s or search ~* %(pattern)s)

-- name: put_body
-- Only while an erasure is under way.
update definitions.version set body = %(body)s where kind = %(kind)s and key = %(key)s and number = %(number)s

-- name: make_head
-- The row that savers of one definition lock; made once.
insert into definitions.head (kind, key, changed_at)
values (%(kind)s, %(key)s, %(at)s)
on conflict do nothing

-- name: lock_head
-- What depends on the locked row is read in the next statement.
select kind, key, latest, live, draft from definitions.head
where kind = %(kind)s and key = %(key)s
for update

-- name: find_version
-- One version; at most one row.
select kind, key, number as version, body::text as body, state, scope, etag, title, author_id,
    author_name as author, assisted, note, created_at, published_at, published_by, recorded_at
from definitions.version
where kind = %(kind)s and key = %(key)s and number = %(number)s

-- name: find_state
-- The one version of a definition in a state that only one can have (draft or live).
select kind, key, number as version, body::text as body, state, scope, etag, title, author_id,
    author_name as author, assisted, note, created_at, published_at, published_by, recorded_at
from definitions.version
where kind = %(kind)s and key = %(key)s and state = %(state)s

-- name: scope_of
-- The scope of what is live of a kind under a key.
select scope from definitions.version where kind = %(kind)s and key = %(key)s and state = 'live'

-- name: all_in_state
-- Every live version or every draft of one kind, by key.
select kind, key, number as version, body::text as body, state, scope, etag, title, author_id,
    author_name as author, assisted, note, created_at, published_at, published_by, recorded_at
from definitions.version
where kind = %(kind)s and state = %(state)s
order by key

-- name: history
-- All versions of one definition, newest first.
select kind, key, number as version, body::text as body, state, scope, etag, title, author_id,
    author_name as author, assisted, note, created_at, published_at, published_by, recorded_at
from definitions.version
where kind = %(kind)s and key = %(key)s
order by number desc

-- name: put_draft
-- Write the draft under its number; a draft is written over, anything published never is.
insert into definitions.version
    (kind, key, number, body, state, scope, etag, title, author_id, author_name, author_level, assisted, note,
     created_at)
values
    (%(kind)s, %(key)s, %(number)s, %(body)s::jsonb, 'draft', %(scope)s, %(etag)s, %(title)s, %(author_id)s,
     %(author)s, %(level)s, %(assisted)s, %(note)s, %(at)s)
on conflict (kind, key, number) do update
set body = excluded.body, scope = excluded.scope, etag = excluded.etag, title = excluded.title,
    author_id = excluded.author_id, author_name = excluded.author_name, author_level = excluded.author_level,
    assisted = excluded.assisted, note = excluded.note, created_at = excluded.created_at,
    recorded_at = now()  -- wall clock
where version.state = 'draft'

-- name: forget_uses
delete from definitions.usage where kind = %(kind)s and key = %(key)s and number = %(number)s

-- name: put_uses
-- Two lists of one length: kinds and keys.
insert into definitions.usage (kind, key, number, uses_kind, uses_key)
select %(kind)s, %(key)s, %(number)s, used.kind, used.key
from unnest(%(kinds)s::text[], %(keys)s::text[]) as used (kind, key)
on conflict do nothing

-- name: set_head
-- Where the head stands after a change; title and search follow the version that is shown.
update definitions.head
set latest = greatest(latest, %(latest)s), live = %(live)s, draft = %(draft)s, scope = %(scope)s,
    title = %(title)s, search = %(search)s, changed_at = %(at)s
where kind = %(kind)s and key = %(key)s

-- name: supersede
update definitions.version set state = 'superseded'
where kind = %(kind)s and key = %(key)s and state = 'live'

-- name: make_live
update definitions.version
set state = 'live', published_at = %(at)s, published_by = %(by)s
where kind = %(kind)s and key = %(key)s and number = %(number)s and state = 'draft'

-- name: set_archived
update definitions.version set state = 'archived', note = coalesce(%(note)s, note)
where kind = %(kind)s and key = %(key)s and number = %(number)s and state in ('draft', 'live')

-- name: take_on
update definitions.version
set assisted = false, note = coalesce(%(note)s, note)
where kind = %(kind)s and key = %(key)s and number = %(number)s and state = 'draft'

-- name: users
-- Who uses a definition now: live versions and drafts, live ones first.
select v.kind, v.key, v.number as version, v.state, v.title
from definitions.usage u
join definitions.version v on v.kind = u.kind and v.key = u.key and v.number = u.number
where u.uses_kind = %(kind)s and u.uses_key = %(key)s and v.state in ('live', 'draft')
order by v.state desc, v.kind, v.key

-- name: live_keys
-- Which of some definitions are live; two lists of one length.
select wanted.kind || '/' || wanted.key
from unnest(%(kinds)s::text[], %(keys)s::text[]) as wanted (kind, key)
join definitions.head h on h.kind = wanted.kind and h.key = wanted.key and h.live is not null

-- name: hold_used
-- Keep what is used from being archived until the user is live; in a fixed order.
select h.kind from definitions.head h
join unnest(%(kinds)s::text[], %(keys)s::text[]) as used (kind, key) on used.kind = h.kind and used.key = h.key
order by h.kind, h.key
for share of h

-- name: heads
-- One page of definitions by kind and key, the cursor's row excluded; all filters are optional.
select h.kind, h.key, h.live, h.draft, h.latest, h.scope, h.title, h.changed_at,
    coalesce(d.author_name, l.author_name, '') as author, coalesce(d.assisted, false) as assisted
from definitions.head h
left join definitions.version l on l.kind = h.kind and l.key = h.key and l.number = h.live
left join definitions.version d on d.kind = h.kind and d.key = h.key and d.number = h.draft
where (%(kind)s::text is null or h.kind = %(kind)s)
  and h.latest > 0
  and (%(scope)s::text is null or h.scope = %(scope)s)
  and (%(search)s::text is null or strpos(h.search, %(search)s) > 0)
  and case %(state)s::text
      when 'live' then h.live is not null
      when 'draft' then h.draft is not null
      when 'archived' then h.live is null and h.draft is null
      when 'all' then true
      else h.live is not null or h.draft is not null
      end
  and (%(after_kind)s::text is null or (h.kind, h.key) > (%(after_kind)s::text, %(after_key)s::text))
order by h.kind, h.key
limit %(limit)s

-- name: put_request
insert into definitions.request (approval_id, kind, key, number, etag, verb)
values (%(approval_id)s, %(kind)s, %(key)s, %(number)s, %(etag)s, %(verb)s)
on conflict (approval_id) do nothing

-- name: was_asked_for
-- Whether somebody was asked to approve exactly this version.
select exists (
    select from definitions.request where kind = %(kind)s and key = %(key)s and number = %(number)s
)

-- name: lock_request
select approval_id, kind, key, number, etag, verb, carried_out_at, outcome from definitions.request
where approval_id = %(approval_id)s
for update

-- name: close_request
update definitions.request set carried_out_at = %(at)s, outcome = %(outcome)s
where approval_id = %(approval_id)s

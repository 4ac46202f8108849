-- Why: everything that people define (segments, programmes, campaigns, templates, ...) in one versioned table, so
-- that approval, audit, difference, files and history hang on it once for all.
-- On 10M rows: nothing is rewritten; all tables are new. Undo: drop schema definitions cascade.

create schema definitions;

-- One row per definition: where its live version and its draft stand. It is also the row that savers lock.
create table definitions.head (
    kind text collate "C" not null,
    key text collate "C" not null,
    latest integer not null default 0,
    live integer,
    draft integer,
    scope text collate "C",
    title text not null default '',
    -- Title and key folded, for searching.
    search text collate "C" not null default '',
    changed_at timestamptz not null,
    primary key (kind, key)
);

create table definitions.version (
    kind text collate "C" not null,
    key text collate "C" not null,
    number integer not null check (number > 0),
    body jsonb not null,
    state text collate "C" not null check (state in ('draft', 'live', 'superseded', 'archived')),
    scope text collate "C",
    etag text collate "C" not null,
    title text not null,
    author_id bigint,
    author_name text not null,
    author_level smallint not null,
    -- Made by somebody who follows or assists: it cannot be published until somebody who applies takes it on.
    assisted boolean not null default false,
    note text,
    created_at timestamptz not null,
    published_at timestamptz,
    published_by text,
    recorded_at timestamptz not null default now(),  -- wall clock
    primary key (kind, key, number),
    foreign key (kind, key) references definitions.head
);
create unique index version_one_live_idx on definitions.version (kind, key) where state = 'live';
create unique index version_one_draft_idx on definitions.version (kind, key) where state = 'draft';

-- What a version uses, read from its body when it is saved.
create table definitions.usage (
    kind text collate "C" not null,
    key text collate "C" not null,
    number integer not null,
    uses_kind text collate "C" not null,
    uses_key text collate "C" not null,
    primary key (kind, key, number, uses_kind, uses_key),
    foreign key (kind, key, number) references definitions.version
);
create index usage_used_idx on definitions.usage (uses_kind, uses_key);

-- Requests for approval that concern definitions: the exact version asked for, and what became of it.
create table definitions.request (
    approval_id bigint primary key,
    kind text collate "C" not null,
    key text collate "C" not null,
    number integer not null,
    etag text collate "C" not null,
    verb text collate "C" not null check (verb in ('publish', 'archive')),
    carried_out_at timestamptz,
    outcome text,
    foreign key (kind, key, number) references definitions.version
);

-- A published version is history: its body never changes again.
create function definitions.keep_body() returns trigger language plpgsql as $$
begin
    raise exception 'version % of % % is %: its body never changes; save a new draft',
        old.number, old.kind, old.key, old.state;
end
$$;
create trigger version_body_kept before update of body, scope, number on definitions.version
    for each row when (old.state <> 'draft' and (old.body, old.scope) is distinct from (new.body, new.scope))
    execute function definitions.keep_body();

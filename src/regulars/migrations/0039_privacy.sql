-- Why: erasures with their states and what was erased where; who was erased, as keyed hashes; the archives that people
--      asked for of what is held of them; and what retention took away.
-- On 10M rows: new tables only, instant. Undo: drop schema privacy cascade;

create schema privacy;

-- One row: the key under which identifiers are hashed. It is in every backup, so that the list of the erased, which is
-- kept outside as well, can be compared with what was restored.
create table privacy.secret (
    only_row boolean primary key default true check (only_row),
    value bytea not null check (length(value) = 32)
);
insert into privacy.secret (value)
values (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

create table privacy.erasure (
    erasure_id bigint generated always as identity primary key,
    customer_id bigint not null,
    atoms bigint[] not null default '{}',  -- Everybody who was this person when it began.
    state text collate "C" not null default 'asked'
        check (state in ('asked', 'waiting', 'erasing', 'erased', 'done', 'declined')),
    step text collate "C" not null default '',  -- The last step that is done; a run that was killed goes on after it.
    asked_by text collate "C" not null check (asked_by in ('customer', 'staff', 'restore', 'retention')),
    requested_by text not null,
    decided_by text,
    approval_id bigint,
    job_id bigint,
    asked_at timestamptz not null,
    starts_at timestamptz not null,   -- After the period of grace.
    began_at timestamptz,
    erased_at timestamptz,            -- No query finds the person any more.
    ended_at timestamptz,             -- And no byte.
    position bigint,                  -- Of the last event of theirs that was booked.
    known text[] not null default '{}',  -- What they were known by; emptied when it is done.
    counts jsonb not null default '{}',  -- How many rows by table: the certificate, which holds no value.
    left_over text[] not null default '{}',  -- Tables that are still to be rewritten.
    problem text
);
create unique index erasure_open on privacy.erasure (customer_id) where state in ('asked', 'waiting', 'erasing');
create index erasure_unfinished on privacy.erasure (erasure_id) where state not in ('done', 'declined');

-- Who was erased. What happened before and comes in later under one of these is dropped.
create table privacy.erased (
    kind text collate "C" not null,
    hash bytea not null,
    erased_at timestamptz not null,
    erasure_id bigint not null references privacy.erasure,
    late bigint not null default 0,  -- Events that came too late.
    primary key (kind, hash)
);

create table privacy.copy (
    copy_id bigint generated always as identity primary key,
    customer_id bigint not null,
    state text collate "C" not null default 'waiting' check (state in ('waiting', 'ready', 'failed', 'expired')),
    asked_by text collate "C" not null check (asked_by in ('customer', 'staff')),
    requested_by text not null,
    asked_at timestamptz not null,
    ready_at timestamptz,
    expires_at timestamptz,
    job_id bigint,
    folder text collate "C",  -- Its name below the home's privacy folder.
    bytes bigint,
    tables integer,
    rows bigint,
    downloads integer not null default 0,
    problem text
);
create index copy_of_customer on privacy.copy (customer_id, copy_id desc);
create index copy_ready on privacy.copy (expires_at) where state = 'ready';

-- What retention took, by day and kind of data.
create table privacy.retained (
    kind text collate "C" not null,
    day date not null,
    before timestamptz not null,
    removed bigint not null,
    primary key (kind, day)
);

-- The hash of an identifier under this workspace's key.
create function privacy.hash_of(kind text, value text) returns bytea language sql stable as $$
    select sha256(secret.value || convert_to($1 || chr(31) || $2, 'UTF8')) from privacy.secret
$$;

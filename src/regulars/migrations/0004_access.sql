-- Why: the people who work here, their sessions and keys, and the approvals they ask of each other.
-- How long on 10M rows: creates empty tables, no time at all.
-- Undo: drop schema access cascade.

create schema access;

-- What holds for the workspace as a whole; the row is also what those lock who change who is active.
create table access.workspace (
    one boolean primary key default true check (one),
    solo boolean not null default false
);

insert into access.workspace default values;

create table access.person (
    person_id bigint generated always as identity primary key,
    email text not null,
    email_folded text collate "C" not null unique,
    name text not null,
    level smallint not null check (level between 1 and 7),
    function text collate "C" not null check (function in (
        'marketing', 'loyalty', 'analysis', 'service_agent', 'cashier', 'finance', 'privacy', 'engineering',
        'administration'
    )),
    scope text collate "C",
    active boolean not null default true,
    password_hash text,
    created_at timestamptz not null,
    deputy_id bigint references access.person,
    deputy_from timestamptz,
    deputy_to timestamptz,
    check (num_nulls(deputy_id, deputy_from, deputy_to) in (0, 3)),
    check (deputy_from < deputy_to and deputy_id <> person_id)
);

create index person_deputy on access.person (deputy_id) where deputy_id is not null;

-- A person without the password's hash, as people read it.
create view access.person_shown as
select
    person_id, email, email_folded, name, level, function, scope, active, deputy_id, deputy_from, deputy_to,
    password_hash is not null as has_password, created_at
from access.person;

-- All instants of a session are of the wall clock, given by the process; the token itself is never kept.
create table access.session (
    session_id bigint generated always as identity primary key,
    person_id bigint not null references access.person,
    token_hash bytea not null unique,
    address text not null,
    agent text not null,
    began_at timestamptz not null,
    seen_at timestamptz not null,
    idle_until timestamptz not null,
    ends_at timestamptz not null,
    ended_at timestamptz
);

create index session_of_person on access.session (person_id) where ended_at is null;

-- One-time tokens: the set-up code of a new installation, and invitations.
create table access.once (
    token_hash bytea primary key,
    purpose text collate "C" not null check (purpose in ('set_up', 'invitation')),
    person_id bigint references access.person,
    expires_at timestamptz not null,
    check ((purpose = 'invitation') = (person_id is not null))
);

create index once_of_person on access.once (person_id);

-- Sign-ins tried in the present window, by a hash of the account or of the address.
create table access.attempt (
    who bytea primary key,
    began_at timestamptz not null,
    tries integer not null
);

create table access.key (
    key_id bigint generated always as identity primary key,
    kind text collate "C" not null check (kind in ('api', 'tracking')),
    name text not null,
    secret_hash bytea not null,
    level smallint check (level between 1 and 7),
    function text collate "C",
    scope text collate "C",
    owner_id bigint references access.person,
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    check (num_nulls(level, function) = case kind when 'api' then 0 else 2 end)
);

create table access.approval (
    approval_id bigint generated always as identity primary key,
    action text collate "C" not null,
    subject_kind text collate "C" not null,
    subject text collate "C" not null,
    version integer,
    scope text collate "C",
    amount bigint,
    requested_by bigint not null references access.person,
    requested_via text collate "C" not null,
    reason text not null,
    preview jsonb not null,
    needed_level smallint not null check (needed_level between 1 and 7),
    people_needed smallint not null check (people_needed in (1, 2)),
    state text collate "C" not null default 'pending'
        check (state in ('pending', 'approved', 'declined', 'expired', 'withdrawn', 'done')),
    requested_at timestamptz not null,
    expires_at timestamptz not null,
    closed_at timestamptz,
    done_at timestamptz,
    check (expires_at > requested_at)
);

-- One version is asked for once at a time; what has no version may be asked for side by side.
create unique index approval_asked_once on access.approval (action, subject_kind, subject, version)
    where state = 'pending' and version is not null;
create index approval_pending on access.approval (expires_at) where state = 'pending';

-- Whoever decides counts once, and so does the authority they decide with.
create table access.verdict (
    approval_id bigint not null references access.approval,
    person_id bigint not null references access.person,
    authority_id bigint not null references access.person,
    approve boolean not null,
    comment text not null,
    at timestamptz not null,
    primary key (approval_id, person_id),
    unique (approval_id, authority_id)
);

-- A request with the names and counts that its readers need.
create view access.approval_shown as
select
    approval.*,
    person.name as requested_by_name,
    (select count(*) from access.verdict where verdict.approval_id = approval.approval_id and approve) as approvals
from access.approval
join access.person on person.person_id = approval.requested_by;

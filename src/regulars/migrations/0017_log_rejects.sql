-- Why: what could not be used, wherever it came in, is kept in one place with its reason and the place in it, and is
--      mended, replayed, given up, or expires.
-- On 10 million rows: an exclusive lock of seconds; the defaults are constants, the indexes take about a minute.
-- Undo: drop view log.fact_reject; drop the columns and indexes added here; add back check (stage in ('append', 'sequence')).

alter table log.reject drop constraint reject_stage_check;

alter table log.reject
    add column source text collate "C" not null default 'regulars',
    add column code text collate "C" not null default 'log.not_stored',
    add column path text not null default '',
    add column message_id text,
    -- When it came in, if that was before it was refused: it is read again as of then.
    add column received_at timestamptz,
    -- The same thing refused again while this one is open counts here: a client that retries for ever is one row.
    add column times integer not null default 1,
    add column last_at timestamptz not null default clock_timestamp(),  -- wall clock
    add column attempts integer not null default 0,
    add column state text collate "C" not null default 'open'
        check (state in ('open', 'mended', 'replayed', 'expired', 'dismissed')),
    add column settled_at timestamptz,
    add column settled_by text,
    add column digest bytea,
    add check ((state = 'open') = (settled_at is null));

update log.reject set last_at = rejected_at;

create unique index reject_once on log.reject (digest) where state = 'open';
create index reject_open on log.reject (source, code, reject_id) where state = 'open';
create index reject_by_age on log.reject (rejected_at) where payload is not null;

create view log.fact_reject as
select reject_id, rejected_at, last_at, times, source, stage, code, path, reason, message_id, state, settled_at
from log.reject;

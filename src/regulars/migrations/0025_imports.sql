-- Why: files that are imported: what is in them, how they are read, how far each run is, and the rows that could
-- not be used.
-- How long on 10M rows: makes empty tables only.
-- Undo: drop schema imports cascade;
create schema imports;

create table imports.import (
    import_id bigint generated always as identity primary key,
    key text collate "C" unique, -- of a caller that may ask twice, as a file drop does
    state text collate "C" not null default 'uploaded'
        check (state in ('uploaded', 'checked', 'waiting', 'running', 'done', 'failed', 'cancelled')),
    name text not null, -- of the file, as it came
    kind text collate "C" not null, -- of the file, told by its bytes
    folder text not null, -- below the home's imports
    sha256 text collate "C" not null,
    bytes bigint not null,
    rows bigint not null,
    layout jsonb not null, -- its columns with guesses and examples
    fingerprint text collate "C" not null, -- of its column names
    what text collate "C",
    mapping jsonb,
    mapping_key text collate "C", -- of the definition that it follows or was kept as
    cut_over timestamptz, -- what occurred before it is history
    at timestamptz, -- the business instant at which the run began; a second run of the same import keeps it
    findings jsonb, -- of the dry run
    job_id bigint,
    position bigint not null default 0, -- rows up to here are in
    accepted bigint not null default 0,
    bad bigint not null default 0,
    error text,
    made_by text not null,
    person_id bigint,
    created_at timestamptz not null,
    started_at timestamptz, -- these three by the wall clock
    finished_at timestamptz,
    removed_at timestamptz -- the file was deleted
) with (fillfactor = 50);
create index import_by_fingerprint on imports.import (fingerprint, import_id desc) where mapping is not null;
create index import_by_content on imports.import (sha256);

-- Rows that could not be used; a row that was mended and taken stays as such.
create table imports.bad_row (
    import_id bigint not null references imports.import on delete cascade,
    row bigint not null, -- its number in the file, as a spreadsheet shows it
    state text collate "C" not null default 'open' check (state in ('open', 'mended', 'dismissed')),
    problems jsonb not null, -- [{code, column, message}]
    cells jsonb not null, -- by column name; after mending, the mended ones
    primary key (import_id, row)
);
create index bad_row_open on imports.bad_row (import_id, row) where state = 'open';

create view imports.fact_import as
select import_id, state, name, kind, what, rows, accepted, bad, created_at, finished_at from imports.import;

-- name: take_lock
-- Held to the end of the transaction.
select pg_advisory_xact_lock(%(key)s)

-- name: has_ledger
select to_regclass('regulars.migration') is not null

-- name: make_ledger
create schema if not exists regulars;
create table if not exists regulars.migration (
    number int primary key,
    name text collate "C" not null,
    checksum text collate "C" not null,
    applied_at timestamptz not null default now() -- wall clock
)

-- name: applied
select number, name, checksum from regulars.migration order by number

-- name: record
insert into regulars.migration (number, name, checksum)
values (%(number)s, %(name)s, %(checksum)s)

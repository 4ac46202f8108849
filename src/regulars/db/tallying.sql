-- name: tables
-- Every table of ours that holds rows itself, as schema.table.
select format('%%I.%%I', space.nspname, found.relname)
from pg_class as found
inner join pg_namespace as space on space.oid = found.relnamespace
where
    found.relkind = 'r' and space.nspname not in ('pg_catalog', 'information_schema')
    and not starts_with(space.nspname, 'pg_')
order by 1

-- name: tally
-- How many rows a table holds itself, and a sum over all they say that does not depend on their order.
select count(*)::bigint as rows, coalesce(sum(hashtextextended(whole_row::text, 0)), 0)::text as sum
from only {table} as whole_row

-- name: hold_snapshot
-- What this transaction sees, for another session to see the same.
select pg_export_snapshot()

-- name: sessions
-- Who else is connected to a database.
select coalesce(nullif(application_name, ''), usename, 'somebody') as name
from pg_stat_activity
where datname = %(name)s and pid <> pg_backend_pid()
order by 1

-- name: databases
-- The databases of a server that may be connected to.
select datname from pg_database where datallowconn and not datistemplate order by 1

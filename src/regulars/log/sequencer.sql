-- name: make_batch
-- The events being sequenced; one table a session, empty between transactions.
create temporary table if not exists log_batch (
    arrival bigint not null,
    received_at timestamptz not null,
    message_id text collate "C" not null,
    source text collate "C" not null,
    type text collate "C" not null,
    name text collate "C" not null,
    user_id text collate "C",
    anonymous_id text collate "C",
    customer_id bigint,
    occurred_at timestamptz not null,
    properties jsonb not null,
    context jsonb,
    history boolean not null,
    schema_version integer not null,
    hops integer not null
) on commit delete rows

-- name: hold
-- Locks the sequencer's row until the transaction ends; no row when another sequencer holds it.
select next_position, partitioned_to, greatest(booked_at, %(booked_at)s::timestamptz) as booked_at,
       exists (select from log.inbox) as is_waiting
from log.sequencer
for update of sequencer skip locked

-- name: take
-- Moves the first arrivals that are visible into the batch.
with taken as (
    delete from log.inbox
    where ctid = any (array(select ctid from log.inbox order by arrival limit %(limit)s))
    returning *
), moved as (
    insert into pg_temp.log_batch
        (arrival, received_at, message_id, source, type, name, user_id, anonymous_id, customer_id, occurred_at,
         properties, context, history, schema_version, hops)
    select arrival, received_at, message_id, source, type, name, user_id, anonymous_id, customer_id, occurred_at,
           properties, context, history, schema_version, hops
    from taken
    returning arrival
)
select count(*) as members, min(arrival) as first_arrival from moved

-- name: drop_repeats
-- Remembers the batch's message ids, in order, and drops whoever is not the first with its id.
with first as materialized (
    select distinct on (message_id) message_id, arrival from pg_temp.log_batch order by message_id, arrival
), fresh as (
    insert into log.seen (message_id)
    select message_id from first order by message_id
    on conflict (message_id) do nothing
    returning message_id
)
delete from pg_temp.log_batch member
where (select count(*) from fresh) < (select count(*) from pg_temp.log_batch)  -- Nearly always all are new.
  and not exists (select from first join fresh using (message_id) where first.arrival = member.arrival)

-- name: book
-- Writes the batch into the log, by arrival, from the given position on.
insert into log.event
    (position, booked_at, occurred_at, received_at, customer_id, schema_version, hops, history, message_id, source,
     type, name, user_id, anonymous_id, properties, context)
select %(next_position)s::bigint - 1 + row_number() over (order by arrival), %(booked_at)s::timestamptz, occurred_at,
       received_at, customer_id, schema_version, hops, history, message_id, source, type, name, user_id, anonymous_id,
       properties, context
from pg_temp.log_batch
order by arrival

-- name: go_on
-- The next free position, and the business instant below which nothing is booked any more.
update log.sequencer
set next_position = next_position + %(booked)s, duplicates = duplicates + %(dropped)s,
    booked_at = greatest(booked_at, %(booked_at)s::timestamptz)
returning next_position

-- name: clear_batch
delete from pg_temp.log_batch

-- name: reject
-- Takes one arrival out of the inbox and keeps it, with its reason, among the rejects.
with taken as (delete from log.inbox where arrival = %(arrival)s returning *)
insert into log.reject (stage, source, code, reason, payload, message_id, received_at)
select 'sequence', source, 'log.not_sequenced', %(reason)s, to_jsonb(taken)::text, message_id, received_at from taken

-- name: make_partition
select log.make_partition()

-- name: partition_of
-- The table that holds a position.
select tableoid::regclass::text from log.event where position = %(position)s

-- name: prune_seen
-- Forgets, a bounded number at a time, the message ids that are older than a number of seconds.
delete from log.seen where message_id = any (array(
    select message_id from log.seen
    where seen_at < clock_timestamp() - %(seconds)s * interval '1 second'  -- wall clock
    limit %(limit)s))

-- Why: the log stands in pieces by position, and whoever asks for somebody's events asked each piece; the longer the log,
-- the more. Of finished pieces it is noted whose events stand in them, so that the others are not asked.
-- On 10M rows: nothing, the tables are new; pieces that stand already are noted by and by, two seconds each.
-- Undo: drop function log.places_of; drop table log.place, log.placed.

-- Of a finished piece, whose events stand in it. More may be named than have some: where events went is asked in vain.
create table log.place (
    customer_id bigint not null,
    first_position bigint not null,
    end_position bigint not null,
    last_at timestamptz not null,  -- No event of theirs in the piece occurred later.
    primary key (customer_id, first_position) include (end_position, last_at)
);

-- Rows come piece by piece.
create index place_by_piece on log.place using brin (first_position) with (pages_per_range = 16);

-- One row: the pieces before this position are noted. Whoever notes, or changes what is noted, holds it.
create table log.placed (
    only_row boolean primary key default true check (only_row),
    end_position bigint not null default 1
);

insert into log.placed default values;

-- Where somebody's events since an instant may stand: select … from log.places_of(customer, since) inner join
-- log.fact_event on position >= first_position and position < end_position
create function log.places_of(customer_id bigint, since timestamptz)
returns table (first_position bigint, end_position bigint)
language sql stable parallel safe as $$
    select place.first_position, place.end_position from log.place as place
    where place.customer_id = $1 and place.last_at >= $2
    union all
    select (select placed.end_position from log.placed as placed), 9223372036854775807
$$;

-- Why: data quality over time: figures of each trait and source by day, and how the rules stand that people set.
-- How long on 10M rows: makes empty tables only. Undo: drop the tables made here.

-- A day on which the figures were counted; a day without a row stands as the one before, since nothing was told.
create table customers.quality_day (
    day date primary key,                -- of the workspace's zone
    customers integer not null,
    sampled boolean not null,            -- counted on a share of the rows and scaled up
    position bigint not null             -- of the log, up to which it was counted
);

-- The figures of one trait; a trait without a name stands for all that a source tells.
create table customers.quality_figure (
    day date not null references customers.quality_day on delete cascade,
    trait text collate "C" not null,
    source text collate "C" not null,    -- empty: all of them
    customers integer not null,          -- who have a value
    told integer not null,               -- who have one, or were told one that does not fit
    unfit integer not null,              -- whose latest value does not fit the declared type
    shared integer not null,             -- whose value somebody else has too; of identifiers and contacts
    fresh integer not null,              -- whose value was told within 90 days
    last_at timestamptz,
    primary key (trait, source, day)
);
create index quality_figure_by_day on customers.quality_figure (day);

-- How a live rule stands. What it says is its definition.
create table customers.quality_standing (
    key text collate "C" primary key,    -- of the definition
    kept boolean,                        -- null: there is nothing to measure yet
    since timestamptz not null,          -- of this state
    share double precision,
    concerned integer not null,          -- customers who stand in the way
    measured integer not null,           -- of how many
    checked_at timestamptz not null
);

-- Why: several hosts share one database; which processes run on it, and whether they agree on what they share.
-- How long on 10M rows: makes an empty table only. Undo: drop table jobs.process;
create table jobs.process (
    process_id uuid primary key,
    kind text collate "C" not null,      -- web, worker
    host text collate "C" not null,
    pid integer not null,
    version text collate "C" not null,   -- of Regulars
    shares jsonb not null,               -- what all hosts must have in common, by name: marks, never the thing itself
    started_at timestamptz not null,     -- these two by the wall clock
    seen_at timestamptz not null
);

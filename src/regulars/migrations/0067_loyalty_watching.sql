-- Why: what looks unusual stands for review, and spending can be stopped for a member.
-- On 10M rows: at once, two empty tables are made.
-- Undo: drop table loyalty.review; drop table loyalty.block;

-- What looked unusual: at most one a member, rule and day, with the figure that went over the limit.
create table loyalty.review (
    id bigint generated always as identity primary key,
    programme_id int not null,
    member_id bigint not null,
    customer_id bigint not null,
    rule text collate "C" not null,
    watches text collate "C" not null,
    figure bigint not null,
    more_than bigint not null,
    hours int not null,
    transfer_id bigint not null, -- the one that went over
    happened_at timestamptz not null, -- when it was booked
    day date not null, -- of happened_at in UTC
    state text collate "C" not null default 'open' check (state in ('open', 'cleared', 'confirmed')),
    note text,
    decided_by text,
    decided_at timestamptz,
    check ((state = 'open') = (decided_at is null)),
    unique (member_id, rule, day)
);
create index review_open on loyalty.review (programme_id, happened_at desc) where state = 'open';
create index review_listed on loyalty.review (programme_id, id desc);

-- Who may not spend: points stay and go on to be earned.
create table loyalty.block (
    id bigint generated always as identity primary key,
    programme_id int not null,
    member_id bigint not null,
    customer_id bigint not null,
    reason text not null,
    rule text collate "C", -- null: by hand
    since timestamptz not null,
    by_name text not null,
    lifted_at timestamptz,
    lifted_by text
);
create unique index block_open on loyalty.block (member_id) where lifted_at is null;
create index block_of_customer on loyalty.block (customer_id);

-- Why: sessions of tills and shops: a cart with the points held and the codes reserved for it, until it is paid or
--      given up; orders told by a till, so that a repeat is one.
-- On 10M rows: at once, empty tables are made.
-- Undo: drop schema checkout cascade;

create schema checkout;

-- One at a till. fields is what it was opened with, for a repeat of its key; answer what was said then.
create table checkout.session (
    session_id bigint generated always as identity primary key,
    programme text collate "C" not null,
    key text collate "C" not null,
    customer_id bigint, -- null: nobody is known
    fields jsonb not null,
    cart jsonb not null,
    answer jsonb not null,
    state text collate "C" not null default 'open' check (state in ('open', 'captured', 'voided', 'expired')),
    opened_at timestamptz not null,
    opened_by text not null, -- the key or person that serves there
    expires_at timestamptz not null check (expires_at > opened_at),
    closed_at timestamptz,
    closed_by text, -- key of the call that closed it
    order_key text collate "C",
    hold_id bigint,
    held bigint not null default 0,
    outcome jsonb,
    check ((state = 'open') = (closed_at is null)),
    unique (programme, key)
);
create index session_due on checkout.session (expires_at) where state = 'open';
create index session_of_customer on checkout.session (customer_id, opened_at desc);
create index session_of_order on checkout.session (order_key) where order_key is not null;

-- Orders that a till told, with the fields they came with, kept so that the same id with another field is seen.
create table checkout.told_order (
    order_key text collate "C" primary key,
    customer_id bigint,
    fields jsonb not null,
    told_at timestamptz not null
);

create index told_order_of_customer on checkout.told_order (customer_id);

-- Returns that a till told.
create table checkout.told_refund (
    order_key text collate "C" not null,
    refund_key text collate "C" not null,
    fields jsonb not null,
    told_at timestamptz not null,
    primary key (order_key, refund_key)
);

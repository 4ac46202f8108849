-- Why: pools of voucher codes with their uses, reservations and gift cards; the catalogue of rewards, its stock and
--      what members redeemed.
-- On 10M rows: at once, the tables are new.
-- Undo: drop schema rewards cascade; drop schema offers cascade;

create schema offers;

create table offers.pool (
    id int generated always as identity primary key,
    key text collate "C" not null unique,
    version int not null, -- The newest that was live.
    body jsonb not null,
    ended_at timestamptz -- No code of it is handed out or used any more.
);

-- Codes that were handed out keep the worth of their version.
create table offers.pool_version (
    pool_id int not null references offers.pool,
    version int not null,
    body jsonb not null,
    primary key (pool_id, version)
);

-- How the generated codes of a pool look: a typed code that fits none is refused without looking for it.
create table offers.shape (
    pool_id int not null references offers.pool,
    prefix text collate "C" not null,
    suffix text collate "C" not null,
    alphabet text collate "C" not null, -- Empty: codes that came from elsewhere, of any look.
    signs int not null, -- Between prefix and suffix.
    checked boolean not null, -- Whether the last of them is the check sign.
    primary key (pool_id, prefix, suffix, alphabet, signs, checked)
);

-- A code is never deleted, so that it is unique for ever. Reserved and used are two counters: what is reserved is not
-- used, and nobody else's.
create table offers.code (
    id bigint generated always as identity primary key,
    pool_id int not null, -- Without a reference: it would be looked up for each of a hundred thousand made at once.
    version int not null, -- Of the pool, whose worth it has.
    code text collate "C" not null, -- As it is printed.
    bare text collate "C" not null unique, -- Letters and digits of it in capitals: how it is looked for.
    state text collate "C" not null check (state in ('free', 'issued', 'cancelled', 'expired')),
    customer_id bigint, -- The profile it was handed out to; null: whoever shows it.
    made_at timestamptz not null,
    issued_at timestamptz,
    starts_at timestamptz,
    expires_at timestamptz, -- The first instant at which it cannot be used any more.
    uses_most int, -- null: as often as its pool allows.
    used int not null default 0 check (used >= 0),
    reserved int not null default 0 check (reserved >= 0),
    loaded_minor bigint, -- Of a gift card: what was put on it,
    balance_minor bigint check (balance_minor >= 0), -- and what is left.
    check (used + reserved <= uses_most),
    check (state = 'free' or issued_at is not null)
);
create index code_free on offers.code (pool_id, id) where state = 'free';
create index code_of_customer on offers.code (customer_id, issued_at) where customer_id is not null;
create index code_ending on offers.code (expires_at) where state = 'issued' and expires_at is not null;

-- A use of a code, together with what it paid for. Cancelling gives it back: a gift card's in parts, else as a whole.
create table offers.use (
    id bigint generated always as identity primary key,
    code_id bigint not null references offers.code,
    pool_id int not null,
    customer_id bigint,
    order_key text collate "C",
    amount_minor bigint, -- What the order came to, or was to be paid by the card.
    given_minor bigint not null check (given_minor >= 0), -- What the code was worth.
    given_back_minor bigint not null default 0 check (given_back_minor between 0 and given_minor),
    used_at timestamptz not null,
    spans text [] collate "C" not null, -- The calendar spans it lies in, as tallies name them.
    cancelled_at timestamptz,
    actor text
);
create index use_of_code on offers.use (code_id, id);
create index use_of_customer on offers.use (customer_id, pool_id) where cancelled_at is null;
create index use_of_pool on offers.use (pool_id, used_at);

create table offers.reservation (
    id bigint generated always as identity primary key,
    code_id bigint not null references offers.code,
    customer_id bigint,
    order_key text collate "C",
    reserved_at timestamptz not null,
    ends_at timestamptz not null,
    state text collate "C" not null default 'held' check (state in ('held', 'used', 'released', 'expired'))
);
create index reservation_ending on offers.reservation (ends_at) where state = 'held';
create index reservation_held on offers.reservation (code_id) where state = 'held';

-- How often a pool was used in a span, and what it gave; only where the pool limits it.
create table offers.tally (
    pool_id int not null references offers.pool,
    span text collate "C" not null, -- 'ever', or a calendar span such as 'month/2026-03-01'.
    used bigint not null default 0 check (used >= 0),
    given_minor bigint not null default 0 check (given_minor >= 0),
    primary key (pool_id, span)
);

-- Ids the callers chose, kept for ever with the fields they came with and the first answer; a refusal is one too.
create table offers.caller_key (
    key text collate "C" primary key,
    fields jsonb not null,
    answer jsonb not null,
    customer_id bigint
);

-- The money of gift cards: each movement takes from one account and puts into another, so that they sum to zero.
create table offers.movement (
    id bigint generated always as identity primary key,
    code_id bigint not null references offers.code,
    pool_id int not null,
    kind text collate "C" not null check (kind in ('load', 'pay', 'refund', 'expire', 'cancel')),
    from_account text collate "C" not null check (from_account in ('card', 'sold', 'paid')),
    to_account text collate "C" not null check (to_account in ('card', 'paid', 'expired', 'cancelled')),
    amount_minor bigint not null check (amount_minor > 0),
    balance_after bigint not null check (balance_after >= 0),
    moved_at timestamptz not null,
    use_id bigint,
    actor text,
    check (from_account <> to_account)
);
create index movement_of_code on offers.movement (code_id, id);
create index movement_of_pool on offers.movement (pool_id, moved_at);

create function offers.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'Movements of gift cards are never changed: % on %.% refused; post the movement back.',
        tg_op, tg_table_schema, tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger never_changed before update or delete or truncate on offers.movement
for each statement execute function offers.refuse_change();

-- Codes that were handed out to somebody, by the profile they were handed out to.
create view offers.fact_code as
select
    c.id as code_id, c.customer_id, p.key as pool, c.state, c.issued_at, c.starts_at, c.expires_at, c.used, c.uses_most,
    c.state = 'issued' and (c.uses_most is null or c.used < c.uses_most)
    and (c.balance_minor is null or c.balance_minor > 0) as usable,
    c.balance_minor, p.body ->> 'currency' as currency, right(c.bare, 4) as ending
from offers.code as c
inner join offers.pool as p on c.pool_id = p.id
where c.customer_id is not null;

-- Every code, its signs too: for who may see them.
create view offers.fact_voucher as
select
    c.id as code_id, p.key as pool, c.code, c.state, c.customer_id, c.made_at, c.issued_at, c.starts_at, c.expires_at,
    c.used, c.uses_most, c.reserved, p.body ->> 'currency' as currency, c.loaded_minor, c.balance_minor
from offers.code as c
inner join offers.pool as p on c.pool_id = p.id;

create view offers.fact_use as
select
    u.id as use_id, u.code_id, u.customer_id, p.key as pool, u.order_key, u.amount_minor, u.given_minor,
    u.given_back_minor, p.body ->> 'currency' as currency, u.used_at, u.cancelled_at
from offers.use as u
inner join offers.pool as p on u.pool_id = p.id;

create schema rewards;

create table rewards.reward (
    id int generated always as identity primary key,
    key text collate "C" not null unique,
    programme text collate "C" not null,
    version int not null, -- The newest that was live.
    body jsonb not null,
    stock bigint not null default 0 check (stock >= 0), -- Counts where the reward says so.
    ended_at timestamptz
);
create index reward_of_programme on rewards.reward (programme);

create table rewards.stock_change (
    id bigint generated always as identity primary key,
    reward_id int not null references rewards.reward,
    amount bigint not null check (amount <> 0),
    stock_after bigint not null check (stock_after >= 0),
    reason text not null,
    actor text,
    changed_at timestamptz not null
);
create index stock_change_of_reward on rewards.stock_change (reward_id, id);

create table rewards.redemption (
    id bigint generated always as identity primary key,
    reward_id int not null references rewards.reward,
    version int not null,
    programme text collate "C" not null,
    customer_id bigint not null, -- The profile it was redeemed for.
    state text collate "C" not null check (
        state in ('held', 'ordered', 'ready', 'sent', 'handed_over', 'cancelled', 'lapsed')
    ),
    points bigint not null check (points >= 0),
    currency text collate "C" not null,
    hold_id bigint, -- Of its points, while it is held.
    transfer_id bigint, -- That spent them.
    code_id bigint, -- The code it handed out.
    takes_stock boolean not null,
    cost_minor bigint,
    cost_currency text collate "C",
    automatic boolean not null default false,
    redeemed_at timestamptz not null,
    changed_at timestamptz not null,
    holds_until timestamptz,
    actor text
);
create index redemption_of_reward on rewards.redemption (reward_id, id);
create index redemption_of_customer on rewards.redemption (customer_id, id);
create index redemption_open on rewards.redemption (state, id) where state in ('held', 'ordered', 'ready', 'sent');
create unique index redemption_of_code on rewards.redemption (code_id) where code_id is not null;

create table rewards.step (
    id bigint generated always as identity primary key,
    redemption_id bigint not null references rewards.redemption,
    state text collate "C" not null,
    stepped_at timestamptz not null,
    actor text,
    note text
);
create index step_of_redemption on rewards.step (redemption_id, id);

create table rewards.caller_key (
    key text collate "C" primary key,
    fields jsonb not null,
    answer jsonb not null,
    customer_id bigint
);

create view rewards.fact_reward as
select
    r.key as reward, r.body ->> 'name' as name, r.programme, r.version, (r.body ->> 'points')::bigint as points,
    coalesce(r.body ->> 'fulfilment', 'none') as fulfilment, r.body ->> 'pool' as pool,
    case when (r.body -> 'counted')::boolean then r.stock end as stock, r.body ->> 'cost' as cost,
    r.body ->> 'money' as money, r.ended_at
from rewards.reward as r;

create view rewards.fact_redemption as
select
    d.id as redemption_id, d.customer_id, r.key as reward, d.programme, d.version, d.state, d.points, d.currency,
    d.transfer_id, d.code_id, d.cost_minor, d.cost_currency, d.automatic, d.redeemed_at, d.changed_at,
    r.body ->> 'name' as reward_name
from rewards.redemption as d
inner join rewards.reward as r on d.reward_id = r.id;

-- Why: holds, linked writes, gifts, partial reversals, lots whose end is moved, closed books.
-- On 10M rows: columns without a default and checks not looked at are instant; one index over the reversals and one over
--      the transfers of orders are built, under 10 s.
-- Undo: only while nothing of it was used: drop what is made here, and create the functions again as in 0009, 0015 and 0026.

-- Points that are promised to a payment: no longer spendable, still the member's. `placed_at` and `resolved_at` are
-- booked time; a hold past `expires_at` counts for nothing, also before the job says so.
create table loyalty.hold (
    id bigint generated always as identity primary key,
    programme_id int not null,
    currency_id int not null,
    member_id bigint not null,
    customer_id bigint not null, -- the profile whose doing it was
    amount bigint not null check (amount > 0),
    state text collate "C" not null default 'open' check (state in ('open', 'captured', 'voided', 'expired')),
    captured bigint not null default 0 check (captured between 0 and amount),
    placed_at timestamptz not null,
    expires_at timestamptz not null,
    resolved_at timestamptz,
    transfer_id bigint, -- the spending it became
    order_key text collate "C",
    reason text,
    actor text,
    check (expires_at > placed_at),
    check ((state = 'open') = (resolved_at is null)),
    check ((state = 'captured') = (transfer_id is not null)),
    check ((state = 'captured') = (captured > 0))
);
create index hold_open on loyalty.hold (member_id, currency_id) include (amount, placed_at, expires_at) where state = 'open';
create index hold_due on loyalty.hold (programme_id, expires_at) where state = 'open';
create index hold_of_member on loyalty.hold (member_id, id);

-- `order_key`: the order that a spending pays. `claimed`: of the reversal of an award, how much of it was asked back, be
-- it there or not; null: all of it.
alter table loyalty.transfer
add column order_key text collate "C",
add column claimed bigint,
drop constraint transfer_kind_check,
add constraint transfer_kind_check check (kind in (
    'earn', 'spend', 'adjust', 'expire', 'activate', 'reversal', 'repay', 'merge', 'split', 'gift', 'reinstate'
)) not valid,
drop constraint transfer_amount_check,
add constraint transfer_amount_check check (amount > 0 or amount = 0 and kind = 'reversal') not valid;
create index transfer_of_order on loyalty.transfer (programme_id, order_key) where order_key is not null;
drop index if exists loyalty.transfer_reversed_once;
create index transfer_reverses on loyalty.transfer (reverses) where reverses is not null;

-- The lot in the giver's books that a gift came from.
alter table loyalty.lot add column given_from bigint;

alter table loyalty.caller_key
add column hold_id bigint,
add column answer jsonb; -- of a list of writes: what became of each

-- Nothing is booked before it.
alter table loyalty.programme add column closed_until timestamptz;

-- Why: a redemption that a single lot pays is one row of the ledger instead of four. The transfer itself says which account
--      it took from, which it gave to, what was left there and which lot paid: sides that cannot differ need no check that
--      they sum to zero. Whatever has more sides has its entries and movements written apart, and checked, as before.
-- On 10M rows: three indexes over nothing are built, about 15 s; the rest is instant. What was written stays as it is.
-- Undo: write the entries and movements that the views give and their tables lack; drop the views, give the tables their
--      names back, drop what was added to loyalty.transfer and loyalty.member and loyalty.check_transfer, and create the
--      functions again as in 0062, 0063, 0064 and 0071.

-- The sides of a transfer that has no more than two: from an account of a member to one of the programme.
alter table loyalty.transfer
add column from_id bigint,
add column to_id bigint,
add column balance_after bigint, -- of the account it took from
add column lot_id bigint, -- that paid all of it; null: its movements are written apart
drop constraint transfer_kind_check;
create index transfer_from on loyalty.transfer (from_id, booked_at, id) include (amount, balance_after)
where from_id is not null;
create index transfer_to on loyalty.transfer (to_id, booked_at, id) include (amount) where to_id is not null;
create index transfer_lot on loyalty.transfer (lot_id) where lot_id is not null;

-- Entries and movements are numbered with the transfers, in one line, each transfer two numbers: its own, which is also
-- that of the entry it takes by, and the next, that of the entry it gives by. Both are in one chunk of the lake.
alter table loyalty.entry rename to entry_apart;
alter table loyalty.lot_move rename to lot_move_apart;
alter table loyalty.entry_apart alter column id drop identity;
alter table loyalty.lot_move_apart alter column id drop identity;
alter table loyalty.entry_apart alter column id set default nextval('loyalty.transfer_id_seq');
alter table loyalty.lot_move_apart alter column id set default nextval('loyalty.transfer_id_seq');
alter sequence loyalty.transfer_id_seq increment by 2;
select setval('loyalty.transfer_id_seq', greatest(2, (last.id + 1) / 2 * 2), last.id > 0)
from (
    select greatest(
        (select max(id) from loyalty.transfer), (select max(id) from loyalty.entry_apart),
        (select max(id) from loyalty.lot_move_apart), 0) as id
) last;

create view loyalty.entry as
select id, transfer_id, account_id, customer_id, amount, balance_after, booked_at
from loyalty.entry_apart
union all
select id, id, from_id, customer_id, -amount, balance_after, booked_at
from loyalty.transfer where from_id is not null
union all
select id + 1, id, to_id, customer_id, amount, null, booked_at
from loyalty.transfer where to_id is not null;

create view loyalty.lot_move as
select id, lot_id, transfer_id, customer_id, amount, booked_at
from loyalty.lot_move_apart
union all
select id, lot_id, id, customer_id, -amount, booked_at
from loyalty.transfer where lot_id is not null;

-- Every function that writes entries or movements of their own.
do $$
declare writing record;
begin
    for writing in
        select pg_get_functiondef(f.oid) as body from pg_proc f
        where f.pronamespace = 'loyalty'::regnamespace and f.prosrc ~ 'insert into loyalty\.(entry|lot_move)\M'
    loop
        execute regexp_replace(writing.body, 'insert into loyalty\.(entry|lot_move)\M', 'insert into loyalty.\1_apart', 'g');
    end loop;
end $$;

-- Where the lake watches the entries it goes on watching them, and the transfers from the same instant on.
do $$
declare watching regprocedure := to_regprocedure('analytics.touch_ledger_entries_loyalty_entry()');
begin
    if watching is not null then
        execute format('alter function %s rename to touch_ledger_entries_loyalty_entry_apart', watching);
        perform analytics.watch('ledger_entries', 'loyalty.transfer', 'id');
    end if;
end $$;

-- What a transfer is, by a trigger: a check is read from the catalogue's text by each statement, a function once a session.
create function loyalty.check_transfer() returns trigger language plpgsql as $$
begin
    -- Spending is compared first: the list is made ready anew by each transaction that gets to it.
    if new.kind <> 'spend' and new.kind not in (
            'earn', 'adjust', 'expire', 'activate', 'reversal', 'repay', 'merge', 'split', 'gift', 'pool', 'reinstate')
        or new.amount <= 0 and (new.amount < 0 or new.kind <> 'reversal' or new.from_id is not null)
        or (new.from_id is null) <> (new.to_id is null) or (new.from_id is null) <> (new.balance_after is null)
        or new.from_id = new.to_id or new.lot_id is not null and new.from_id is null
    then
        raise exception 'A row of %.% is not one the ledger knows: %', tg_table_schema, tg_table_name, to_jsonb(new)
            using errcode = 'check_violation';
    end if;
    if new.from_id is not null and exists (
        select from loyalty.programme p where p.id = new.programme_id and new.booked_at < p.closed_until)
    then
        raise exception 'Transfer % would be booked before the books were closed.', new.id
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$;
create trigger known after insert on loyalty.transfer for each row execute function loyalty.check_transfer();
drop function loyalty.is_transfer(text, bigint);

drop trigger transfer_keeps_its_amounts on loyalty.transfer;
create trigger transfer_keeps_its_amounts before update on loyalty.transfer
    for each row when (to_jsonb(new) - '{reason,actor}'::text[] <> to_jsonb(old) - '{reason,actor}'::text[])
    execute function loyalty.refuse_other_change();

-- The instant of the posting before the latest: a refusal gives it back. What a row was before an update is not told by
-- every server.
alter table loyalty.member add column booked_before timestamptz;

-- As in 0071, and what most redemptions are is one row: a member by itself, one lot that pays all, nothing held.
create or replace function loyalty.post_spend(
    p_programme int, p_currency int, p_customer bigint, p_kind text, p_amount bigint, p_key text,
    p_occurred timestamptz, p_at timestamptz, p_reason text, p_actor text, p_fields jsonb, p_order_key text default null,
    out outcome text, out transfer_id bigint, out available bigint, out field text
) language plpgsql as $$
declare
    payer bigint;
    booked timestamptz;
    ended boolean;
    sharing bigint[];
    asked boolean; -- what can be spent is not simply the balance
    own bigint; -- the account that is taken from
    given bigint; -- the programme's, to which it goes
    rest bigint; -- what stays there
    paying bigint; -- the lot that pays all of it
    own_row tid;
    known boolean; -- the id
begin
    -- Locks the member. Whoever had to wait here reads the rest in a later statement, and so sees what the other left.
    update loyalty.member x set booked_before = x.booked_at, booked_at = greatest(p_at, x.booked_at, p.closed_until)
    from loyalty.programme p
    where p.id = p_programme and not p.pooled
        and x.programme_id = p_programme and x.customer_id = p_customer and x.closed_at is null
    returning x.id, x.booked_at, p_kind = 'spend' and p.spend_until <= p_at, x.inactive_from is not null
    into payer, booked, ended, asked;
    if payer is null then
        select loyalty.lock_pool(loyalty.member_of(p_programme, p_customer)) into sharing
        from loyalty.programme p where p.id = p_programme and p.pooled;
        select x.id, greatest(p_at, x.booked_at, p.closed_until), p_kind = 'spend' and p.spend_until <= p_at, true
        into payer, booked, ended, asked
        from loyalty.member x join loyalty.programme p on p.id = x.programme_id
        where x.id = sharing[1] and x.closed_at is null;
    end if;
    if payer is null then
        outcome := 'no_member';
        return;
    end if;
    -- If the first lot to end has not ended, none has, and the balance can be spent as it is.
    select a.id, a.ctid, a.balance - p_amount, a.balance, c.id, l.id,
        asked or coalesce(l.expires_at <= booked, false) or l.remaining < p_amount or exists (
            select from loyalty.hold h where h.member_id = payer and h.currency_id = p_currency and h.state = 'open')
    into own, own_row, rest, available, given, paying, asked
    from loyalty.account a
    join loyalty.account c on c.member_id is null and c.programme_id = p_programme and c.currency_id = p_currency
        and c.kind = case p_kind when 'spend' then 'redeemed' else 'forfeited' end
    left join lateral (
        select x.id, x.remaining, x.expires_at from loyalty.lot x
        where x.member_id = payer and x.currency_id = p_currency and not x.spent and not x.pending
        order by x.expires_at, x.earned_at, x.id limit 1
    ) l on true
    where a.member_id = payer and a.currency_id = p_currency and a.kind = 'active';
    if asked is not false then
        paying := null;
        available := loyalty.available(coalesce(sharing, array[payer]), p_currency, booked);
    end if;
    if ended then
        outcome := 'ended';
    elsif available < p_amount then
        outcome := 'insufficient';
    else
        outcome := 'posted';
        transfer_id := nextval('loyalty.transfer_id_seq');
        available := available - p_amount;
    end if;
    -- The same id again, or for two members at once: the second waits here, then reads the first's answer.
    insert into loyalty.caller_key values
        (p_programme, p_key, p_customer, p_fields, outcome, transfer_id, available) on conflict do nothing;
    known := not found;
    if known then
        select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
    end if;
    if known or outcome <> 'posted' then
        update loyalty.member x set booked_at = x.booked_before where x.id = payer and sharing is null;
        return;
    end if;
    if sharing is not null then
        -- What the others bring is entered after the transfer got its number: so are its own sides.
        perform loyalty.pay(sharing, p_customer, p_currency, p_amount, transfer_id, booked, booked, p_occurred);
        perform loyalty.enter(transfer_id, p_programme, p_currency, payer, p_customer, booked,
            array['active', case p_kind when 'spend' then 'redeemed' else 'forfeited' end], array[-p_amount, p_amount]);
        update loyalty.member x set booked_at = booked where x.id = payer;
        own := null;
        given := null;
        rest := null;
    elsif paying is null then
        perform loyalty.take_lots(payer, p_customer, p_currency, p_amount, transfer_id, booked);
    end if;
    -- All of it is one statement: what each costs by itself would be most of the time. An account of a member who is
    -- locked stays where it was read.
    with transferred as (
        insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, booked_at,
            occurred_at, reason, actor, order_key, from_id, to_id, balance_after, lot_id) overriding system value
        values (transfer_id, p_programme, p_currency, payer, p_customer, p_kind, p_amount, booked, p_occurred,
            p_reason, p_actor, p_order_key, own, given, rest, paying)
    ), paid as (
        update loyalty.lot l set remaining = l.remaining - p_amount where l.id = paying
    )
    update loyalty.account a set balance = rest where a.ctid = own_row and a.id = own and a.balance = rest + p_amount;
    if not found and sharing is null then
        raise exception 'Account % was changed by somebody who did not lock its member.', own
            using errcode = 'integrity_constraint_violation';
    end if;
end $$;

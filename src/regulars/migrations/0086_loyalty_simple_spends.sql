-- Why: most redemptions are paid by one lot of one member. All that is known of one stands in one row: both its entries and
--      its movement of the lot, which cannot differ. It takes a third less of the processor and of the log.
-- On 10M rows: at once; what was written before stays where it is.
-- Undo: put the rows of loyalty.simple_spend into loyalty.transfer, loyalty.entry_row and loyalty.lot_move_row; drop the
--      views and the table; rename the two tables to loyalty.entry and loyalty.lot_move; create the functions again with
--      these names, and loyalty.post_spend as in 0082.

-- On a database in use: whoever writes points takes a member first and these tables later, and whoever reads takes them in any
-- order. So all are taken at once, and given back where one is not free soon; waiting with some would be a deadlock.
do $$
declare patience text := current_setting('lock_timeout');
begin
    loop
        begin
            perform set_config('lock_timeout', '200ms', true);
            lock table loyalty.member in exclusive mode;
            lock table loyalty.transfer, loyalty.entry, loyalty.lot_move in access exclusive mode;
            exit;
        exception when lock_not_available then
            perform pg_sleep(0.05);
        end;
    end loop;
    perform set_config('lock_timeout', patience, true);
end $$;

alter table loyalty.entry rename to entry_row;
alter table loyalty.lot_move rename to lot_move_row;

-- Transfers, entries and movements are numbered together, by even numbers: in whichever table they stand, their numbers tell
-- which came first, and both entries of one row have one.
alter table loyalty.entry_row alter column id drop identity;
alter table loyalty.entry_row alter column id set default nextval('loyalty.transfer_id_seq');
alter table loyalty.lot_move_row alter column id drop identity;
alter table loyalty.lot_move_row alter column id set default nextval('loyalty.transfer_id_seq');
alter table loyalty.transfer alter column id set increment by 2;
select setval('loyalty.transfer_id_seq', 2 * (greatest(
    coalesce((select max(id) from loyalty.transfer), 0), coalesce((select max(id) from loyalty.entry_row), 0),
    coalesce((select max(id) from loyalty.lot_move_row), 0), 1
) / 2 + 1));

-- What every kind of transfer has to be is asked where the kinds are written; of a simple spend its own table asks less.
alter table loyalty.transfer
drop constraint transfer_kind_check,
add constraint transfer_kind_check check (loyalty.is_transfer(kind, amount)) no inherit not valid;

-- Points of one member that one lot paid. Being a transfer, too, it is found among them.
create table loyalty.simple_spend (
    from_id bigint not null, -- the member's account, and what is left in it
    balance_after bigint not null,
    to_id bigint not null, -- the programme's account
    lot_id bigint not null,
    primary key (id),
    check (amount > 0)
) inherits (loyalty.transfer);
create index simple_spend_member on loyalty.simple_spend (member_id, id);
create index simple_spend_profile on loyalty.simple_spend (customer_id, occurred_at);
create index simple_spend_from on loyalty.simple_spend (from_id, booked_at, id) include (amount, balance_after);
create index simple_spend_to on loyalty.simple_spend (to_id, booked_at, id) include (amount);
create index simple_spend_lot on loyalty.simple_spend (lot_id, id);
create index simple_spend_order on loyalty.simple_spend (programme_id, order_key) where order_key is not null;
-- It has none of these: who looks for a transfer by them finds so at once.
create index simple_spend_earning on loyalty.simple_spend (order_id) where order_id is not null;
create index simple_spend_reversing on loyalty.simple_spend (reverses) where reverses is not null;
create index simple_spend_collecting on loyalty.simple_spend (member_id, occurred_at) where collected <> 0;

create trigger never_changed before update or delete or truncate on loyalty.simple_spend
    for each statement execute function loyalty.refuse_change();
create trigger simple_spend_keeps_its_amounts before update on loyalty.simple_spend
    for each row when (
        (
            new.id, new.programme_id, new.currency_id, new.member_id, new.customer_id, new.kind, new.amount, new.collected,
            new.booked_at, new.occurred_at, new.reverses, new.order_id, new.line_no, new.position, new.rule, new.version,
            new.counterpart, new.order_key, new.claimed, new.from_id, new.balance_after, new.to_id, new.lot_id
        ) is distinct from (
            old.id, old.programme_id, old.currency_id, old.member_id, old.customer_id, old.kind, old.amount, old.collected,
            old.booked_at, old.occurred_at, old.reverses, old.order_id, old.line_no, old.position, old.rule, old.version,
            old.counterpart, old.order_key, old.claimed, old.from_id, old.balance_after, old.to_id, old.lot_id
        )
    )
    execute function loyalty.refuse_other_change();

-- No branch has a condition, so that each is planned with what it is joined to. `place` is the even number by which a row is
-- found; the programme's entry of a simple spend has the odd one after it.
create view loyalty.entry as
select id, transfer_id, account_id, customer_id, amount, balance_after, booked_at, id as place from loyalty.entry_row
union all
select id, id, from_id, customer_id, -amount, balance_after, booked_at, id from loyalty.simple_spend
union all
select id + 1, id, to_id, customer_id, amount, null, booked_at, id from loyalty.simple_spend;

-- All but the programme's side of simple spends: what the accounts of members are asked of, by instant and number.
create view loyalty.member_entry as
select id, transfer_id, account_id, customer_id, amount, balance_after, booked_at from loyalty.entry_row
union all
select id, id, from_id, customer_id, -amount, balance_after, booked_at from loyalty.simple_spend;

-- And all but the member's side: what the accounts of programmes are asked of.
create view loyalty.programme_entry as
select id, transfer_id, account_id, customer_id, amount, booked_at from loyalty.entry_row
union all
select id + 1, id, to_id, customer_id, amount, booked_at from loyalty.simple_spend;

create view loyalty.lot_move as
select id, lot_id, transfer_id, customer_id, amount, booked_at from loyalty.lot_move_row
union all
select id, lot_id, id, customer_id, -amount, booked_at from loyalty.simple_spend;

-- Every function writes the tables and reads the views.
do $$
declare writing record;
begin
    for writing in
        select pg_get_functiondef(f.oid) as body from pg_proc f
        where f.pronamespace = 'loyalty'::regnamespace and f.prosrc ~ 'insert into loyalty\.(entry|lot_move)\M'
    loop
        execute regexp_replace(writing.body, 'insert into loyalty\.(entry|lot_move)\M', 'insert into loyalty.\1_row', 'g');
    end loop;
end $$;

-- Accounts of members have no entry on the programme's side, whose index would be read for nothing, and whole: that it holds
-- few accounts is all that is known of it.
do $$
declare asking record;
begin
    for asking in
        select pg_get_functiondef(f.oid) as body from pg_proc f
        where f.pronamespace = 'loyalty'::regnamespace and f.prosrc ~ 'join loyalty\.entry e on e\.account_id = a\.id'
    loop
        execute regexp_replace(asking.body, 'join loyalty\.entry e on', 'join loyalty.member_entry e on', 'g');
    end loop;
end $$;

-- As in 0063; of simple spends the words can be taken, too.
create or replace function loyalty.refuse_change() returns trigger language plpgsql as $$
begin
    if
        tg_op = 'UPDATE' and tg_table_name in ('transfer', 'simple_spend', 'lot_change')
        and coalesce(current_setting('regulars.erasing', true), '') = 'on'
    then
        return null;
    end if;
    raise exception 'The ledger is never changed: % on %.% refused; post a reversal.',
        tg_op, tg_table_schema, tg_table_name using errcode = 'integrity_constraint_violation';
end $$;

-- Whoever follows the entries by triggers follows both tables from this instant on.
do $$
declare following text;
begin
    for following in
        select pg_get_triggerdef(oid) from pg_trigger
        where tgrelid = 'loyalty.entry_row'::regclass and not tgisinternal and starts_with(tgname, 'lake_')
    loop
        execute replace(following, 'loyalty.entry_row', 'loyalty.simple_spend');
    end loop;
end $$;

-- As in 0082; what one lot pays is one row.
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
    own_row tid; -- where the account is that is taken from
    paying bigint; -- the lot that pays all of it
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
    select a.ctid, a.balance, l.id,
        asked or coalesce(l.expires_at <= booked, false) or l.remaining < p_amount or exists (
            select from loyalty.hold h where h.member_id = payer and h.currency_id = p_currency and h.state = 'open')
    into own_row, available, paying, asked
    from loyalty.account a
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
        perform loyalty.pay(sharing, p_customer, p_currency, p_amount, transfer_id, booked, booked, p_occurred);
        update loyalty.member x set booked_at = booked where x.id = payer;
        -- What the others brought has moved it.
        select a.ctid into own_row from loyalty.account a
        where a.member_id = payer and a.currency_id = p_currency and a.kind = 'active';
    elsif paying is null then
        perform loyalty.take_lots(payer, p_customer, p_currency, p_amount, transfer_id, booked);
    end if;
    -- All of it is one statement: what each costs by itself would be most of the time.
    if paying is not null then
        with paid as (
            update loyalty.lot l set remaining = l.remaining - p_amount where l.id = paying
        ), own as (
            update loyalty.account a set balance = a.balance - p_amount where a.ctid = own_row
            returning a.id, a.balance
        )
        insert into loyalty.simple_spend (id, programme_id, currency_id, member_id, customer_id, kind, amount, booked_at,
            occurred_at, reason, actor, order_key, from_id, balance_after, to_id, lot_id)
        select post_spend.transfer_id, p_programme, p_currency, payer, p_customer, p_kind, p_amount, booked, p_occurred,
            p_reason, p_actor, p_order_key, o.id, o.balance, c.id, paying
        from own o, loyalty.account c
        where c.member_id is null and c.programme_id = p_programme and c.currency_id = p_currency
            and c.kind = case p_kind when 'spend' then 'redeemed' else 'forfeited' end;
        if not found then
            raise exception 'Nothing was booked for transfer %: an account of the member or of the programme is not there.',
                transfer_id using errcode = 'integrity_constraint_violation';
        end if;
        return;
    end if;
    with transferred as (
        insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, booked_at,
            occurred_at, reason, actor, order_key) overriding system value
        values (transfer_id, p_programme, p_currency, payer, p_customer, p_kind, p_amount, booked, p_occurred,
            p_reason, p_actor, p_order_key)
    ), own as (
        update loyalty.account a set balance = a.balance - p_amount where a.ctid = own_row
        returning a.id, a.balance
    )
    insert into loyalty.entry_row (transfer_id, account_id, customer_id, amount, balance_after, booked_at)
    select post_spend.transfer_id, o.id, p_customer, -p_amount, o.balance, booked from own o
    union all
    select post_spend.transfer_id, c.id, p_customer, p_amount, null, booked
    from loyalty.account c
    where c.member_id is null and c.programme_id = p_programme and c.currency_id = p_currency
        and c.kind = case p_kind when 'spend' then 'redeemed' else 'forfeited' end;
end $$;

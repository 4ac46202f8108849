-- Why: programmes, members, tiers, and the double-entry points ledger with its lots.
-- How long on 10M rows: makes empty tables only; seconds at any size.
-- Undo: drop schema loyalty cascade;
--
-- The large tables carry no foreign keys: each would cost a look-up a row, and only the functions below write
-- them. What keys would promise, and more, `loyalty.check_ledger` (regulars ledger check) proves.
create schema loyalty;

create table loyalty.programme (
    id int generated always as identity primary key,
    key text collate "C" not null unique,
    name text not null,
    legal_entity text not null,
    zone text collate "C" not null,
    launched_at timestamptz not null
);

-- What was in force when. A version rules the orders that occurred in [live_from, live_until).
create table loyalty.programme_version (
    programme_id int not null references loyalty.programme,
    version int not null,
    live_from timestamptz not null,
    live_until timestamptz,
    body jsonb not null,
    primary key (programme_id, version)
);

create table loyalty.currency (
    id int generated always as identity primary key,
    programme_id int not null references loyalty.programme,
    code text collate "C" not null,
    name text not null,
    scale int not null check (scale between 0 and 7),
    unique (programme_id, code)
);

-- The row every writer of a member's points locks first. booked_at is the member's latest posting: the ledger
-- of one member never runs backwards, so that a balance as of any instant is its last entry before it.
create table loyalty.member (
    id bigint generated always as identity primary key,
    programme_id int not null references loyalty.programme,
    customer_id bigint not null,
    joined_at timestamptz not null,
    booked_at timestamptz not null,
    terms_version text collate "C" not null,
    joined_by text collate "C" not null,
    unique (programme_id, customer_id)
);
create index member_customer on loyalty.member (customer_id);

-- A member's place in one tier set; 1 is the first tier. valid_until is the next review that may demote.
create table loyalty.member_tier (
    member_id bigint not null,
    programme_id int not null,
    customer_id bigint not null,
    tier_set text collate "C" not null,
    tier int not null check (tier > 0),
    since timestamptz not null,
    valid_until timestamptz,
    primary key (member_id, tier_set)
);
create index member_tier_due on loyalty.member_tier (programme_id, tier_set, valid_until) where tier > 1;

create table loyalty.tier_change (
    id bigint generated always as identity primary key,
    programme_id int not null,
    member_id bigint not null,
    customer_id bigint not null,
    tier_set text collate "C" not null,
    tier_before int not null,
    tier_after int not null,
    collected bigint not null,
    reason text collate "C" not null, -- collected: an earning lifted it; review: a monthly look lowered it
    occurred_at timestamptz not null,
    booked_at timestamptz not null
);
create index tier_change_member on loyalty.tier_change (member_id, id);

-- Accounts of members (pending, active, debt) hold their balance; accounts of the programme (issued, redeemed,
-- expired, forfeited, partner_payable) hold none, since every purchase would have to update that one row.
create table loyalty.account (
    id bigint generated always as identity primary key,
    programme_id int not null,
    currency_id int not null,
    kind text collate "C" not null
        check (kind in ('pending', 'active', 'debt', 'issued', 'redeemed', 'expired', 'forfeited', 'partner_payable')),
    member_id bigint,
    customer_id bigint,
    balance bigint,
    check ((member_id is null) = (balance is null)),
    check ((member_id is null) = (kind not in ('pending', 'active', 'debt'))),
    check (kind not in ('pending', 'active') or balance >= 0),
    check (kind <> 'debt' or balance <= 0)
) with (fillfactor = 70);
create unique index account_of_member on loyalty.account (member_id, currency_id, kind) where member_id is not null;
create unique index account_of_programme on loyalty.account (programme_id, currency_id, kind) where member_id is null;

create table loyalty.transfer (
    id bigint generated always as identity primary key,
    programme_id int not null,
    currency_id int not null,
    member_id bigint not null,
    customer_id bigint not null,
    kind text collate "C" not null
        check (kind in ('earn', 'spend', 'adjust', 'expire', 'activate', 'reversal', 'repay')),
    amount bigint not null check (amount > 0),
    collected bigint not null default 0, -- what the tiers count; spending counts nothing
    booked_at timestamptz not null,
    occurred_at timestamptz not null,
    reverses bigint,
    order_id bigint,
    line_no int,
    position bigint,
    rule text collate "C",
    version int,
    reason text,
    actor text
);
create index transfer_member on loyalty.transfer (member_id, id);
create index transfer_collected on loyalty.transfer (member_id, occurred_at) include (collected) where collected <> 0;
create unique index transfer_once_an_order on loyalty.transfer (order_id, programme_id, rule) where kind = 'earn';
create unique index transfer_reversed_once on loyalty.transfer (reverses) where reverses is not null;

create table loyalty.entry (
    id bigint generated always as identity primary key,
    transfer_id bigint not null,
    account_id bigint not null,
    customer_id bigint not null,
    amount bigint not null check (amount <> 0),
    balance_after bigint, -- of a member's account; null for the programme's
    booked_at timestamptz not null
);
create index entry_as_of on loyalty.entry (account_id, booked_at, id) include (amount, balance_after);
create index entry_transfer on loyalty.entry (transfer_id);

create table loyalty.lot (
    id bigint generated always as identity primary key,
    programme_id int not null,
    currency_id int not null,
    member_id bigint not null,
    customer_id bigint not null,
    transfer_id bigint not null, -- the award; its order, line and rule are the lot's source
    earned_at timestamptz not null,
    active_from timestamptz not null,
    expires_at timestamptz, -- the first instant it can no longer be spent; null: never
    amount bigint not null check (amount > 0),
    remaining bigint not null,
    pending boolean not null,
    check (remaining between 0 and amount),
    check (expires_at > active_from)
) with (fillfactor = 80);
create index lot_spendable on loyalty.lot (member_id, currency_id, expires_at, earned_at, id) where remaining > 0;
create index lot_expiring on loyalty.lot (programme_id, expires_at) where remaining > 0;
create index lot_waiting on loyalty.lot (programme_id, active_from) where pending;
create index lot_transfer on loyalty.lot (transfer_id);

-- Which transfer took from which lot, or gave back to it; remaining = amount + the sum of these.
create table loyalty.lot_move (
    id bigint generated always as identity primary key,
    lot_id bigint not null,
    transfer_id bigint not null,
    customer_id bigint not null,
    amount bigint not null check (amount <> 0),
    booked_at timestamptz not null
);
create index lot_move_lot on loyalty.lot_move (lot_id, id);
create index lot_move_transfer on loyalty.lot_move (transfer_id);

-- Ids the callers chose, kept for ever with the fields they came with and the first answer. A refusal is an
-- answer too: the id stays refused, so that a late retry cannot surprise.
create table loyalty.caller_key (
    programme_id int not null,
    key text collate "C" not null,
    customer_id bigint not null,
    fields jsonb not null,
    outcome text collate "C" not null,
    transfer_id bigint,
    available bigint not null,
    primary key (programme_id, key)
);

create function loyalty.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'The ledger is never changed: % on %.% refused; post a reversal.',
        tg_op, tg_table_schema, tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger never_changed before update or delete or truncate on loyalty.transfer
    for each statement execute function loyalty.refuse_change();
create trigger never_changed before update or delete or truncate on loyalty.entry
    for each statement execute function loyalty.refuse_change();
create trigger never_changed before update or delete or truncate on loyalty.lot_move
    for each statement execute function loyalty.refuse_change();

-- All entries of a transfer are written by one statement, and sum to zero where they are written.
create function loyalty.check_entries() returns trigger language plpgsql as $$
declare broken bigint;
begin
    select transfer_id into broken from written
    group by transfer_id having sum(amount) <> 0 or count(*) < 2 limit 1;
    if found then
        raise exception 'The entries of transfer % do not balance.', broken
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$;
create trigger balanced after insert on loyalty.entry referencing new table as written
    for each statement execute function loyalty.check_entries();

-- Base money (minor units) times points over money, rounded; never a float. A base of zero or less earns 0.
create function loyalty.points_for(base bigint, points bigint, per bigint, rounding text)
returns bigint language sql immutable as $$
    select case when base <= 0 then 0
        when rounding = 'floor' then base * points / per
        when rounding = 'ceiling' then (base * points + per - 1) / per
        when rounding = 'half_up' then (2 * base * points + per) / (2 * per)
        when 2 * (base * points % per) > per
            or (2 * (base * points % per) = per and base * points / per % 2 = 1) then base * points / per + 1
        else base * points / per end
$$;

-- Makes the missing ones of these customers members, with their accounts; announces each. Idempotent.
create function loyalty.join_members(
    p_programme int, p_customers bigint[], p_joined timestamptz[], p_booked timestamptz[],
    p_terms text, p_by text, p_tier_set text
) returns int language plpgsql as $$
declare made bigint[];
begin
    with fresh as (
        insert into loyalty.member (programme_id, customer_id, joined_at, booked_at, terms_version, joined_by)
        select p_programme, c.customer_id, c.joined_at, c.booked_at, p_terms, p_by
        from unnest(p_customers, p_joined, p_booked) as c (customer_id, joined_at, booked_at)
        order by c.customer_id
        on conflict (programme_id, customer_id) do nothing
        returning id
    )
    select array_agg(id) into made from fresh;
    if made is null then
        return 0;
    end if;
    insert into loyalty.account (programme_id, currency_id, kind, member_id, customer_id, balance)
    select p_programme, c.id, k.kind, m.id, m.customer_id, 0
    from loyalty.member m
    cross join loyalty.currency c
    cross join unnest(array['pending', 'active', 'debt']) as k (kind)
    where m.id = any (made) and c.programme_id = p_programme;
    insert into loyalty.member_tier (member_id, programme_id, customer_id, tier_set, tier, since)
    select m.id, p_programme, m.customer_id, p_tier_set, 1, m.joined_at
    from loyalty.member m where m.id = any (made) and p_tier_set is not null;
    perform log.append(
        'regulars.loyalty.joined/' || p.key || '/' || m.customer_id, 'regulars.loyalty.joined', m.customer_id,
        m.joined_at, jsonb_build_object('programme', p.key, 'terms_version', p_terms, 'by', p_by), 1
    )
    from loyalty.member m join loyalty.programme p on p.id = m.programme_id
    where m.id = any (made);
    return cardinality(made);
end $$;

-- The spendable lots of a member at an instant, in the order in which they pay.
create function loyalty.spendable(p_member bigint, p_currency int, p_at timestamptz)
returns table (lot_id bigint, remaining bigint, upto bigint) language sql stable as $$
    select id, remaining, sum(remaining) over (order by expires_at nulls last, earned_at, id)::bigint
    from loyalty.lot
    where member_id = p_member and currency_id = p_currency and remaining > 0 and not pending
        and (expires_at is null or expires_at > p_at)
$$;

-- Takes an amount out of the spendable lots, earliest expiry first, and records which lot paid what.
create function loyalty.take_lots(
    p_member bigint, p_customer bigint, p_currency int, p_amount bigint, p_transfer bigint, p_at timestamptz
) returns void language sql as $$
    with taken as (
        select lot_id, least(remaining, p_amount - (upto - remaining)) as amount
        from loyalty.spendable(p_member, p_currency, p_at) where upto - remaining < p_amount
    ), moved as (
        insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
        select lot_id, p_transfer, p_customer, -amount, p_at from taken
    )
    update loyalty.lot l set remaining = l.remaining - t.amount from taken t where l.id = t.lot_id
$$;

-- Writes a transfer's entries as signed amounts by account kind; zero amounts are left out.
create function loyalty.enter(
    p_transfer bigint, p_programme int, p_currency int, p_member bigint, p_customer bigint, p_at timestamptz,
    p_kinds text[], p_amounts bigint[]
) returns void language plpgsql as $$
begin
    update loyalty.account a set balance = a.balance + e.amount
    from unnest(p_kinds, p_amounts) as e (kind, amount)
    where a.member_id = p_member and a.currency_id = p_currency and a.kind = e.kind and e.amount <> 0;
    insert into loyalty.entry (transfer_id, account_id, customer_id, amount, balance_after, booked_at)
    select p_transfer, a.id, p_customer, e.amount, a.balance, p_at
    from unnest(p_kinds, p_amounts) as e (kind, amount)
    cross join lateral (
        select m.id, m.balance from loyalty.account m
        where m.member_id = p_member and m.currency_id = p_currency and m.kind = e.kind
        union all
        select c.id, null from loyalty.account c
        where c.member_id is null and c.programme_id = p_programme and c.currency_id = p_currency and c.kind = e.kind
    ) a
    where e.amount <> 0;
end $$;

-- The first answer of a caller's id, or nothing; another field under the same id is named.
create function loyalty.answered(
    p_programme int, p_key text, p_fields jsonb,
    out outcome text, out transfer_id bigint, out available bigint, out field text
) language plpgsql as $$
declare before loyalty.caller_key;
begin
    select * into before from loyalty.caller_key k where k.programme_id = p_programme and k.key = p_key;
    if not found then
        return;
    end if;
    select f.key into field
    from jsonb_each(before.fields) f
    full join jsonb_each(p_fields) g on g.key = f.key
    where f.value is distinct from g.value order by f.key limit 1;
    outcome := case when field is null then before.outcome else 'conflict' end;
    transfer_id := before.transfer_id;
    available := before.available;
end $$;

-- Spends (or takes away, for a negative adjustment). Outcomes: posted, insufficient, no_member, conflict.
create function loyalty.post_spend(
    p_programme int, p_currency int, p_customer bigint, p_kind text, p_amount bigint, p_key text,
    p_occurred timestamptz, p_at timestamptz, p_reason text, p_actor text, p_fields jsonb,
    out outcome text, out transfer_id bigint, out available bigint, out field text
) language plpgsql as $$
declare
    m loyalty.member;
    booked timestamptz;
begin
    -- Whoever had to wait here reads the lots in a later statement, and so sees what the other left.
    select * into m from loyalty.member
    where programme_id = p_programme and customer_id = p_customer for update;
    if not found then
        outcome := 'no_member';
        return;
    end if;
    select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
    if outcome is not null then
        return;
    end if;
    booked := greatest(p_at, m.booked_at);
    select coalesce(sum(remaining), 0) into available from loyalty.spendable(m.id, p_currency, booked);
    if available < p_amount then
        outcome := 'insufficient';
    else
        outcome := 'posted';
        transfer_id := nextval('loyalty.transfer_id_seq');
        available := available - p_amount;
    end if;
    -- The same id may come for two members at once: the second waits here, then reads the first's answer.
    insert into loyalty.caller_key values
        (p_programme, p_key, p_customer, p_fields, outcome, transfer_id, available) on conflict do nothing;
    if not found then
        select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
        return;
    end if;
    if outcome <> 'posted' then
        return;
    end if;
    insert into loyalty.transfer overriding system value
    values (transfer_id, p_programme, p_currency, m.id, p_customer, p_kind, p_amount, 0, booked, p_occurred,
        null, null, null, null, null, null, p_reason, p_actor);
    perform loyalty.take_lots(m.id, p_customer, p_currency, p_amount, transfer_id, booked);
    perform loyalty.enter(transfer_id, p_programme, p_currency, m.id, p_customer, booked,
        array['active', case p_kind when 'spend' then 'redeemed' else 'forfeited' end],
        array[-p_amount, p_amount]);
    update loyalty.member set booked_at = booked where id = m.id;
end $$;

-- Pays a debt out of the active points; called wherever points become active. Gives what was repaid.
create function loyalty.repay(p_programme int, p_currency int, p_member bigint, p_at timestamptz)
returns bigint language plpgsql as $$
declare
    m loyalty.member;
    due bigint;
    usable bigint;
    transfer_id bigint;
begin
    select * into m from loyalty.member where id = p_member for update;
    select -balance into due from loyalty.account
    where member_id = p_member and currency_id = p_currency and kind = 'debt';
    select coalesce(sum(remaining), 0) into usable from loyalty.spendable(p_member, p_currency, p_at);
    due := least(due, usable);
    if due > 0 then
        insert into loyalty.transfer
            (programme_id, currency_id, member_id, customer_id, kind, amount, booked_at, occurred_at)
        values (p_programme, p_currency, p_member, m.customer_id, 'repay', due, p_at, p_at)
        returning id into transfer_id;
        perform loyalty.take_lots(p_member, m.customer_id, p_currency, due, transfer_id, p_at);
        perform loyalty.enter(transfer_id, p_programme, p_currency, p_member, m.customer_id, p_at,
            array['active', 'debt'], array[-due, due]);
    end if;
    return due;
end $$;

-- Awards by hand: a lot of its own. Outcomes: posted, no_member, conflict.
create function loyalty.post_award(
    p_programme int, p_currency int, p_customer bigint, p_amount bigint, p_key text,
    p_occurred timestamptz, p_at timestamptz, p_active_from timestamptz, p_expires timestamptz,
    p_reason text, p_actor text, p_fields jsonb,
    out outcome text, out transfer_id bigint, out available bigint, out field text
) language plpgsql as $$
declare
    m loyalty.member;
    booked timestamptz;
    waits boolean;
begin
    select * into m from loyalty.member
    where programme_id = p_programme and customer_id = p_customer for update;
    if not found then
        outcome := 'no_member';
        return;
    end if;
    select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
    if outcome is not null then
        return;
    end if;
    booked := greatest(p_at, m.booked_at);
    waits := p_active_from > booked;
    select coalesce(sum(remaining), 0) + case when waits then 0 else p_amount end into available
    from loyalty.spendable(m.id, p_currency, booked);
    outcome := 'posted';
    transfer_id := nextval('loyalty.transfer_id_seq');
    insert into loyalty.caller_key values
        (p_programme, p_key, p_customer, p_fields, outcome, transfer_id, available) on conflict do nothing;
    if not found then
        select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
        return;
    end if;
    insert into loyalty.transfer overriding system value
    values (transfer_id, p_programme, p_currency, m.id, p_customer, 'adjust', p_amount, 0, booked, p_occurred,
        null, null, null, null, null, null, p_reason, p_actor);
    insert into loyalty.lot (programme_id, currency_id, member_id, customer_id, transfer_id, earned_at,
        active_from, expires_at, amount, remaining, pending)
    values (p_programme, p_currency, m.id, p_customer, transfer_id, p_occurred, p_active_from, p_expires,
        p_amount, p_amount, waits);
    perform loyalty.enter(transfer_id, p_programme, p_currency, m.id, p_customer, booked,
        array['issued', case when waits then 'pending' else 'active' end], array[-p_amount, p_amount]);
    update loyalty.member set booked_at = booked where id = m.id;
    perform loyalty.repay(p_programme, p_currency, m.id, booked);
end $$;

-- Reverses a whole transfer. What was taken goes back into the lots it came from. What was awarded is taken
-- from its own lot, then (within_balance, unlimited) from the others, then (unlimited) becomes a debt.
-- Outcomes: posted, unknown, already_reversed, not_reversible, nothing_left, conflict.
create function loyalty.post_reversal(
    p_programme int, p_transfer bigint, p_key text, p_at timestamptz, p_policy text,
    p_reason text, p_actor text, p_fields jsonb,
    out outcome text, out transfer_id bigint, out available bigint, out field text
) language plpgsql as $$
declare
    t loyalty.transfer;
    m loyalty.member;
    own loyalty.lot;
    booked timestamptz;
    back bigint := 0; -- returned to lots
    own_part bigint := 0; -- taken out of the award's own lot
    other_part bigint := 0;
    debt_part bigint := 0;
begin
    select * into t from loyalty.transfer where id = p_transfer and programme_id = p_programme;
    if not found then
        outcome := 'unknown';
        return;
    end if;
    select * into m from loyalty.member where id = t.member_id for update;
    select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
    if outcome is not null then
        return;
    end if;
    booked := greatest(p_at, m.booked_at);
    select * into own from loyalty.lot l where l.transfer_id = p_transfer;
    select coalesce(-sum(v.amount), 0) into back from loyalty.lot_move v where v.transfer_id = p_transfer;
    select coalesce(sum(remaining), 0) into available from loyalty.spendable(m.id, t.currency_id, booked);
    outcome := 'posted';
    if exists (select from loyalty.transfer r where r.reverses = p_transfer) then
        outcome := 'already_reversed';
    elsif t.kind not in ('earn', 'spend', 'adjust') then
        outcome := 'not_reversible';
    elsif own.id is not null then
        own_part := case when own.pending or p_policy <> 'only_pending' then own.remaining else 0 end;
        if p_policy <> 'only_pending' then
            other_part := least(t.amount - own_part, available - (
                select coalesce(sum(s.remaining), 0) from loyalty.spendable(m.id, t.currency_id, booked) s
                where s.lot_id = own.id));
        end if;
        if p_policy = 'unlimited' then
            debt_part := t.amount - own_part - other_part;
        end if;
        if own_part + other_part + debt_part = 0 then
            outcome := 'nothing_left';
        end if;
    end if;
    if outcome = 'posted' then
        transfer_id := nextval('loyalty.transfer_id_seq');
    end if;
    insert into loyalty.caller_key values
        (p_programme, p_key, t.customer_id, p_fields, outcome, transfer_id, available) on conflict do nothing;
    if not found then
        select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
        return;
    end if;
    if outcome <> 'posted' then
        return;
    end if;
    insert into loyalty.transfer overriding system value
    values (transfer_id, p_programme, t.currency_id, m.id, m.customer_id, 'reversal',
        case when own.id is null then t.amount else own_part + other_part + debt_part end, -t.collected,
        booked, t.occurred_at, p_transfer, t.order_id, t.line_no, null, t.rule, t.version, p_reason, p_actor);
    if own.id is null then
        insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
        select v.lot_id, post_reversal.transfer_id, m.customer_id, -v.amount, booked
        from loyalty.lot_move v where v.transfer_id = p_transfer order by v.id;
        update loyalty.lot l set remaining = l.remaining - v.amount
        from (select lot_id, sum(amount)::bigint as amount from loyalty.lot_move w
            where w.transfer_id = p_transfer group by lot_id) v
        where l.id = v.lot_id;
        perform loyalty.enter(transfer_id, p_programme, t.currency_id, m.id, m.customer_id, booked,
            array[case t.kind when 'spend' then 'redeemed' else 'forfeited' end, 'active'],
            array[-t.amount, t.amount]);
        perform loyalty.repay(p_programme, t.currency_id, m.id, booked);
    else
        if own_part > 0 then
            insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
            values (own.id, transfer_id, m.customer_id, -own_part, booked);
            update loyalty.lot set remaining = remaining - own_part where id = own.id;
        end if;
        if other_part > 0 then
            perform loyalty.take_lots(m.id, m.customer_id, t.currency_id, other_part, transfer_id, booked);
        end if;
        perform loyalty.enter(transfer_id, p_programme, t.currency_id, m.id, m.customer_id, booked,
            array['pending', 'active', 'debt', 'issued'],
            array[case when own.pending then -own_part else 0 end,
                case when own.pending then -other_part else -own_part - other_part end,
                -debt_part, own_part + other_part + debt_part]);
    end if;
    update loyalty.member set booked_at = booked where id = m.id;
    select coalesce(sum(remaining), 0) into available from loyalty.spendable(m.id, t.currency_id, booked);
end $$;

create type loyalty.priced as (
    customer_id bigint, order_id bigint, position bigint, occurred_at timestamptz, booked_at timestamptz,
    points bigint, active_from timestamptz, expires_at timestamptz, tier_until timestamptz
);

-- Prices the orders of a span by one rule: points by the version in force when each order occurred, dates
-- (computed outside, in the programme's zone) joined by instant.
create function loyalty.price_span(
    p_programme int, p_rule text, p_after bigint, p_to bigint, p_from timestamptz, p_until timestamptz,
    p_money text, p_points bigint, p_per bigint, p_rounding text, p_by_line boolean, p_excluded text[],
    p_tier_set text, p_percents bigint[], p_orders bigint[],
    p_at timestamptz[], p_active timestamptz[], p_expires timestamptz[], p_tier_until timestamptz[]
) returns setof loyalty.priced language plpgsql stable as $$
begin
    return query
    select d.customer_id, d.order_id, d.position, d.occurred_at, d.booked_at, b.points,
        a.active_from, a.expires_at, a.tier_until
    from orders.fact_order d
    join unnest(p_at, p_active, p_expires, p_tier_until) as a (at, active_from, expires_at, tier_until)
        on a.at = d.occurred_at
    left join loyalty.member m
        on p_percents is not null and m.programme_id = p_programme and m.customer_id = d.customer_id
    left join loyalty.member_tier mt on mt.member_id = m.id and mt.tier_set = p_tier_set
    cross join lateral (select p_points * coalesce(p_percents[mt.tier], p_percents[1], 100) as points) r
    cross join lateral (select case
        when p_by_line then (
            select coalesce(sum(loyalty.points_for(l.total_minor, r.points, p_per * 100, p_rounding)), 0)::bigint
            from orders.fact_line l where l.order_id = d.order_id and l.product_key <> all (p_excluded))
        when cardinality(p_excluded) > 0 then loyalty.points_for((
            select coalesce(sum(l.total_minor), 0)::bigint
            from orders.fact_line l where l.order_id = d.order_id and l.product_key <> all (p_excluded)
        ), r.points, p_per * 100, p_rounding)
        else loyalty.points_for(d.total_minor, r.points, p_per * 100, p_rounding) end as points) b
    where d.position > p_after and d.position <= p_to and d.customer_id is not null
        and d.currency = p_money and d.occurred_at >= p_from
        and (p_until is null or d.occurred_at < p_until)
        and (p_orders is null or d.order_id = any (p_orders))
        and b.points > 0
    order by d.position;
end $$;

-- Posts priced orders: joins members, locks them in order, then writes transfers, entries and lots in sets.
create function loyalty.accrue(
    p_programme int, p_currency int, p_rule text, p_version int, p_terms text, p_tier_set text,
    p_thresholds bigint[], p_window interval, p_priced loyalty.priced[],
    out orders int, out points bigint, out joined int, out climbed int
) language plpgsql as $$
declare
    posted bigint[];
    code text;
    in_debt bigint;
begin
    select c.code into code from loyalty.currency c where c.id = p_currency;
    with newcomer as (
        select distinct on (s.customer_id) s.customer_id, s.occurred_at, s.booked_at
        from unnest(p_priced) s
        where not exists (select from loyalty.member m
            where m.programme_id = p_programme and m.customer_id = s.customer_id)
        order by s.customer_id, s.position
    )
    select loyalty.join_members(p_programme, array_agg(customer_id), array_agg(occurred_at),
        array_agg(booked_at), p_terms, 'first_earn', p_tier_set) into joined
    from newcomer having count(*) > 0;
    joined := coalesce(joined, 0);

    perform from loyalty.member m
    where m.programme_id = p_programme and m.customer_id in (select s.customer_id from unnest(p_priced) s)
    order by m.id for update;

    with placed as (
        select s.*, m.id as member_id, a.id as account_id, a.balance, i.id as issued_id,
            greatest(s.booked_at, m.booked_at) as booked, s.active_from > greatest(s.booked_at, m.booked_at) as waits
        from unnest(p_priced) s
        join loyalty.member m on m.programme_id = p_programme and m.customer_id = s.customer_id
        join loyalty.account a on a.member_id = m.id and a.currency_id = p_currency
            and a.kind = case when s.active_from > greatest(s.booked_at, m.booked_at) then 'pending' else 'active' end
        join loyalty.account i on i.member_id is null and i.programme_id = p_programme
            and i.currency_id = p_currency and i.kind = 'issued'
        -- LIMIT keeps this a look-up an order: an anti join over tables not analysed yet reads all of the index.
        left join lateral (
            select true as earned from loyalty.transfer t
            where t.order_id = s.order_id and t.programme_id = p_programme and t.rule = p_rule and t.kind = 'earn'
            limit 1
        ) before on true
        where before.earned is null
        order by s.position
    ), ordered as materialized (
        select nextval('loyalty.transfer_id_seq') as transfer_id, p.* from placed p
    ), numbered as materialized (
        -- One member's postings never run backwards, also inside a batch that brings a late order.
        select o.transfer_id, o.member_id, o.customer_id, o.order_id, o.position, o.occurred_at, o.points,
            o.active_from, o.expires_at, o.waits, o.account_id, o.issued_id,
            max(o.booked) over (partition by o.member_id order by o.transfer_id) as booked,
            o.balance + sum(o.points) over (partition by o.account_id order by o.transfer_id) as balance_after
        from ordered o
    ), transferred as (
        insert into loyalty.transfer overriding system value
        select n.transfer_id, p_programme, p_currency, n.member_id, n.customer_id, 'earn', n.points, n.points,
            n.booked, n.occurred_at, null, n.order_id, null, n.position, p_rule, p_version, null, null
        from numbered n order by n.transfer_id
    ), lotted as (
        insert into loyalty.lot (programme_id, currency_id, member_id, customer_id, transfer_id, earned_at,
            active_from, expires_at, amount, remaining, pending)
        select p_programme, p_currency, n.member_id, n.customer_id, n.transfer_id, n.occurred_at,
            n.active_from, n.expires_at, n.points, n.points, n.waits
        from numbered n order by n.transfer_id
    ), entered as (
        insert into loyalty.entry (transfer_id, account_id, customer_id, amount, balance_after, booked_at)
        select n.transfer_id, e.account_id, n.customer_id, e.amount, e.balance_after, n.booked
        from numbered n
        cross join lateral (values (n.issued_id, -n.points, null::bigint), (n.account_id, n.points, n.balance_after))
            as e (account_id, amount, balance_after)
        order by n.transfer_id, e.amount
    ), summed as (
        update loyalty.account a set balance = a.balance + s.points
        from (select account_id, sum(n.points)::bigint as points from numbered n group by account_id) s
        where a.id = s.account_id
    ), stamped as (
        update loyalty.member m set booked_at = s.booked
        from (select n.member_id, max(n.booked) as booked from numbered n group by n.member_id) s
        where m.id = s.member_id and m.booked_at < s.booked
    )
    select array_agg(n.transfer_id order by n.transfer_id), count(*)::int, coalesce(sum(n.points), 0)::bigint
    into posted, orders, points from numbered n;

    perform log.append(
        'regulars.loyalty.points_earned/' || p.key || '/' || p_rule || '/' || t.order_id,
        'regulars.loyalty.points_earned', t.customer_id, t.occurred_at,
        jsonb_build_object('programme', p.key, 'points', t.amount, 'currency', code, 'transfer', t.id,
            'rule', p_rule, 'pending', l.pending, 'expires_at', l.expires_at), 1)
    from loyalty.transfer t
    join loyalty.lot l on l.transfer_id = t.id
    join loyalty.programme p on p.id = p_programme
    where t.id = any (posted);

    for in_debt in
        select a.member_id from loyalty.account a
        where a.kind = 'debt' and a.currency_id = p_currency and a.balance < 0
            and a.member_id in (select t.member_id from loyalty.transfer t where t.id = any (posted))
        order by a.member_id
    loop
        perform loyalty.repay(p_programme, p_currency, in_debt,
            (select m.booked_at from loyalty.member m where m.id = in_debt));
    end loop;
    climbed := loyalty.climb(p_programme, p_currency, p_tier_set, p_thresholds, p_window, posted, p_priced);
end $$;

-- Lifts members whose points collected in the window, this order included, reach a tier: at once, order by
-- order, restarting the clock. Nobody is lowered here.
create function loyalty.climb(
    p_programme int, p_currency int, p_tier_set text, p_thresholds bigint[], p_window interval,
    p_posted bigint[], p_priced loyalty.priced[]
) returns int language plpgsql as $$
declare climbed int;
begin
    if p_tier_set is null or p_posted is null then
        return 0;
    end if;
    with figure as (
        select t.id, t.member_id, t.customer_id, t.occurred_at, t.booked_at, s.tier_until, mt.tier as tier_start,
            (select sum(c.collected) from loyalty.transfer c
             where c.member_id = t.member_id and c.collected <> 0 and c.currency_id = p_currency
                 and c.occurred_at > t.occurred_at - p_window and c.occurred_at <= t.occurred_at
                 and c.id <= t.id)::bigint as collected
        from loyalty.transfer t
        join unnest(p_priced) s on s.order_id = t.order_id
        join loyalty.member_tier mt on mt.member_id = t.member_id and mt.tier_set = p_tier_set
        where t.id = any (p_posted) and mt.tier < cardinality(p_thresholds)
    ), reached as (
        select f.*, greatest(f.tier_start,
            max(width_bucket(f.collected, p_thresholds)) over (partition by f.member_id order by f.id)) as tier
        from figure f
    ), step as (
        select r.*, lag(r.tier, 1, r.tier_start) over (partition by r.member_id order by r.id) as tier_before
        from reached r
    ), changed as (
        insert into loyalty.tier_change (programme_id, member_id, customer_id, tier_set, tier_before, tier_after,
            collected, reason, occurred_at, booked_at)
        select p_programme, member_id, customer_id, p_tier_set, tier_before, tier, collected, 'collected',
            occurred_at, booked_at
        from step where tier > tier_before order by id
    ), latest as (
        select distinct on (member_id) * from step where tier > tier_before order by member_id, id desc
    ), lifted as (
        update loyalty.member_tier mt set tier = l.tier, since = l.occurred_at, valid_until = l.tier_until
        from latest l where mt.member_id = l.member_id and mt.tier_set = p_tier_set
    ), told as (
        select loyalty.tell_tier(p_programme, p_tier_set, s.customer_id, s.tier_before, s.tier, s.occurred_at, s.id)
        from step s where s.tier > s.tier_before
    )
    select count(*)::int into climbed from told;
    return climbed;
end $$;

create function loyalty.tell_tier(
    p_programme int, p_tier_set text, p_customer bigint, p_before int, p_after int, p_at timestamptz, p_cause bigint
) returns void language sql as $$
    select log.append(
        'regulars.loyalty.tier_changed/' || p.key || '/' || p_tier_set || '/' || p_customer || '/' || p_after || '/' || p_cause,
        'regulars.loyalty.tier_changed', p_customer, p_at,
        jsonb_build_object('programme', p.key, 'tier_set', p_tier_set, 'tier_before', p_before,
            'tier_after', p_after, 'direction', case when p_after > p_before then 'up' else 'down' end), 1)
    from loyalty.programme p where p.id = p_programme
$$;

-- Moves the due remainders of a programme: 'expire' active to expired, 'activate' pending to active. One
-- transfer a member and due instant; members locked in order, lots read after. Idempotent; catches up.
create function loyalty.move_due(p_programme int, p_kind text, p_at timestamptz, out transfers int, out points bigint)
language plpgsql as $$
declare
    owed record;
    found_lots bigint[];
begin
    -- Two branches, so that each is answered by its own index.
    if p_kind = 'expire' then
        select array_agg(l.id) into found_lots from loyalty.lot l
        where l.programme_id = p_programme and l.remaining > 0 and not l.pending and l.expires_at <= p_at;
    else
        select array_agg(l.id) into found_lots from loyalty.lot l
        where l.programme_id = p_programme and l.pending and l.active_from <= p_at;
    end if;
    transfers := 0;
    points := 0;
    if found_lots is null then
        return;
    end if;
    perform from loyalty.member m
    where m.id in (select l.member_id from loyalty.lot l where l.id = any (found_lots))
    order by m.id for update;

    with due as materialized (
        select l.*, case p_kind when 'expire' then l.expires_at else l.active_from end as due_at
        from loyalty.lot l
        where l.id = any (found_lots) and case p_kind
            when 'expire' then l.remaining > 0 and not l.pending else l.pending end
    ), grouped as (
        select d.member_id, d.customer_id, d.currency_id, d.due_at, sum(d.remaining)::bigint as amount,
            array_agg(d.id order by d.id) as lots, array_agg(d.remaining order by d.id) as remainders
        from due d group by d.member_id, d.customer_id, d.currency_id, d.due_at having sum(d.remaining) > 0
        order by d.due_at, d.member_id
    ), ordered as materialized (
        select nextval('loyalty.transfer_id_seq') as transfer_id, g.* from grouped g
    ), numbered as materialized (
        select o.*, greatest(p_at, m.booked_at) as booked, a.id as from_id, a.balance as from_balance,
            b.id as to_id, b.balance as to_balance,
            sum(o.amount) over (partition by o.member_id, o.currency_id order by o.transfer_id)::bigint as upto
        from ordered o
        join loyalty.member m on m.id = o.member_id
        join loyalty.account a on a.member_id = o.member_id and a.currency_id = o.currency_id
            and a.kind = case p_kind when 'expire' then 'active' else 'pending' end
        cross join lateral (
            select x.id, x.balance from loyalty.account x
            where p_kind = 'activate' and x.member_id = o.member_id and x.currency_id = o.currency_id
                and x.kind = 'active'
            union all
            select x.id, null from loyalty.account x
            where p_kind = 'expire' and x.member_id is null and x.programme_id = p_programme
                and x.currency_id = o.currency_id and x.kind = 'expired'
        ) b
    ), transferred as (
        insert into loyalty.transfer overriding system value
        select d.transfer_id, p_programme, d.currency_id, d.member_id, d.customer_id, p_kind, d.amount, 0,
            d.booked, d.due_at, null, null, null, null, null, null, null, null
        from numbered d order by d.transfer_id
    ), entered as (
        insert into loyalty.entry (transfer_id, account_id, customer_id, amount, balance_after, booked_at)
        select d.transfer_id, e.account_id, d.customer_id, e.amount, e.balance_after, d.booked
        from numbered d
        cross join lateral (values (d.from_id, -d.amount, d.from_balance - d.upto),
            (d.to_id, d.amount, d.to_balance + d.upto)) as e (account_id, amount, balance_after)
        order by d.transfer_id, e.amount
    ), summed as (
        update loyalty.account a set balance = a.balance + s.amount
        from (
            select e.account_id, sum(e.amount)::bigint as amount
            from numbered d
            cross join lateral (values (d.from_id, -d.amount), (d.to_id, d.amount)) as e (account_id, amount)
            group by e.account_id
        ) s
        where a.id = s.account_id and a.member_id is not null
    ), moved as (
        insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
        select u.lot_id, d.transfer_id, d.customer_id, -u.remaining, d.booked
        from numbered d cross join lateral unnest(d.lots, d.remainders) as u (lot_id, remaining)
        where p_kind = 'expire' order by u.lot_id
    ), emptied as (
        update loyalty.lot l set remaining = case p_kind when 'expire' then 0 else l.remaining end, pending = false
        from due u where l.id = u.id
    ), stamped as (
        update loyalty.member m set booked_at = p_at
        where m.booked_at < p_at and m.id in (select member_id from numbered)
    ), told as materialized (
        select log.append(
            'regulars.loyalty.points_expired/' || p.key || '/' || d.customer_id || '/' || d.transfer_id,
            'regulars.loyalty.points_expired', d.customer_id, d.booked,
            jsonb_build_object('programme', p.key, 'points', d.amount, 'currency', c.code,
                'transfer', d.transfer_id, 'expired_at', d.due_at), 1)
        from numbered d join loyalty.programme p on p.id = p_programme join loyalty.currency c on c.id = d.currency_id
        where p_kind = 'expire'
    )
    select count(*)::int, coalesce(sum(n.amount), 0)::bigint into transfers, points
    from numbered n where (select count(*) from told) >= 0;

    if p_kind = 'activate' and transfers > 0 then
        for owed in
            select a.member_id, a.currency_id, m.booked_at
            from loyalty.account a join loyalty.member m on m.id = a.member_id
            where a.programme_id = p_programme and a.kind = 'debt' and a.balance < 0 order by a.member_id
        loop
            perform loyalty.repay(p_programme, owed.currency_id, owed.member_id, greatest(p_at, owed.booked_at));
        end loop;
    end if;
end $$;

-- One monthly look at those whose tier ran out by p_cutoff: figures of the window that ends there. Renews, or
-- lowers by the policy ('none', 'one_step', 'to_figures').
create function loyalty.review_tiers(
    p_programme int, p_currency int, p_tier_set text, p_thresholds bigint[], p_window interval, p_policy text,
    p_cutoff timestamptz, p_valid_until timestamptz, p_at timestamptz, out reviewed int, out lowered int
) language plpgsql as $$
begin
    perform from loyalty.member m where m.id in (
        select mt.member_id from loyalty.member_tier mt
        where mt.programme_id = p_programme and mt.tier_set = p_tier_set and mt.tier > 1 and mt.valid_until <= p_cutoff)
    order by m.id for update;

    with figure as materialized (
        select mt.member_id, mt.customer_id, mt.tier, coalesce((
            select sum(c.collected) from loyalty.transfer c
            where c.member_id = mt.member_id and c.collected <> 0 and c.currency_id = p_currency
                and c.occurred_at > p_cutoff - p_window and c.occurred_at <= p_cutoff), 0)::bigint as collected
        from loyalty.member_tier mt
        where mt.programme_id = p_programme and mt.tier_set = p_tier_set and mt.tier > 1 and mt.valid_until <= p_cutoff
    ), judged as (
        select f.*, greatest(1, case p_policy
            when 'none' then f.tier
            when 'one_step' then greatest(f.tier - 1, least(f.tier, width_bucket(f.collected, p_thresholds)))
            else least(f.tier, width_bucket(f.collected, p_thresholds)) end) as tier_after
        from figure f
    ), placed as (
        update loyalty.member_tier mt set tier = j.tier_after,
            since = case when j.tier_after < j.tier then p_cutoff else mt.since end,
            valid_until = case when j.tier_after > 1 then p_valid_until end
        from judged j where mt.member_id = j.member_id and mt.tier_set = p_tier_set
    ), changed as (
        insert into loyalty.tier_change (programme_id, member_id, customer_id, tier_set, tier_before, tier_after,
            collected, reason, occurred_at, booked_at)
        select p_programme, member_id, customer_id, p_tier_set, tier, tier_after, collected, 'review', p_cutoff, p_at
        from judged where tier_after < tier order by member_id
        returning id, customer_id, tier_before, tier_after
    ), told as materialized (
        select loyalty.tell_tier(p_programme, p_tier_set, c.customer_id, c.tier_before, c.tier_after, p_at, c.id)
        from changed c
    )
    select count(*)::int, (select count(*) from told)::int into reviewed, lowered from judged;
end $$;

-- What others may read of a member: the spendable currency is the programme's first.
create view loyalty.fact_member as
select m.customer_id, p.key as programme, m.joined_at, mt.tier_set, mt.tier as tier_number,
    (v.body #>> array['tier_set', 'tiers', (mt.tier - 1)::text, 'name']) as tier, mt.since as tier_since,
    c.code as currency, act.balance as active_points, pen.balance as pending_points, -deb.balance as owed_points,
    m.booked_at as last_posted_at
from loyalty.member m
join loyalty.programme p on p.id = m.programme_id
join lateral (select body from loyalty.programme_version v where v.programme_id = p.id order by version desc limit 1) v
    on true
join lateral (select id, code from loyalty.currency c where c.programme_id = p.id order by id limit 1) c on true
join loyalty.account act on act.member_id = m.id and act.currency_id = c.id and act.kind = 'active'
join loyalty.account pen on pen.member_id = m.id and pen.currency_id = c.id and pen.kind = 'pending'
join loyalty.account deb on deb.member_id = m.id and deb.currency_id = c.id and deb.kind = 'debt'
left join loyalty.member_tier mt on mt.member_id = m.id;

-- Every transfer with its programme and currency, for analysis.
create view loyalty.fact_transfer as
select t.id as transfer_id, t.customer_id, p.key as programme, c.code as currency, t.kind, t.amount, t.booked_at,
    t.occurred_at, t.reverses, t.order_id, t.rule, t.version, t.reason
from loyalty.transfer t
join loyalty.programme p on p.id = t.programme_id
join loyalty.currency c on c.id = t.currency_id;

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
    turn bigint not null, -- its place among the transfers
    check (expires_at > placed_at),
    check ((state = 'open') = (resolved_at is null)),
    check ((state = 'captured') = (transfer_id is not null)),
    check ((state = 'captured') = (captured > 0))
);
create index hold_open on loyalty.hold (member_id, currency_id) include (amount, placed_at, expires_at) where state = 'open';
create index hold_due on loyalty.hold (programme_id, expires_at) where state = 'open';
create index hold_of_member on loyalty.hold (member_id, id);

-- Where a hold was before a merge or split took it along.
create table loyalty.hold_move (
    id bigint generated always as identity primary key,
    hold_id bigint not null,
    member_before bigint not null,
    moved_at timestamptz not null
);
create index hold_move_hold on loyalty.hold_move (hold_id, id);
create index hold_move_member on loyalty.hold_move (member_before);

-- `order_key`: the order that a spending pays. `claimed`: of the reversal of an award, how much of it was asked back, be
-- it there or not; null: all of it.
alter table loyalty.transfer
add column order_key text collate "C",
add column claimed bigint,
drop constraint transfer_kind_check,
add constraint transfer_kind_check check (kind in (
    'earn', 'spend', 'adjust', 'expire', 'activate', 'reversal', 'repay', 'merge', 'split', 'gift', 'pool', 'reinstate'
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

-- When the books of a programme were closed up to which instant, and by whom; the latest is the programme's closed_until.
create table loyalty.closing (
    id bigint generated always as identity primary key,
    programme_id int not null,
    until timestamptz not null,
    closed_at timestamptz not null,
    turn bigint not null default nextval('loyalty.transfer_id_seq'), -- its place among the transfers
    actor text not null,
    reason text not null
);
create index closing_of_programme on loyalty.closing (programme_id, until);

-- From then on nothing of the member can be spent; null: no such end.
alter table loyalty.member add column inactive_from timestamptz;

-- Every change of a lot's end, and what of a lot came back after it had expired: never silently.
create table loyalty.lot_change (
    id bigint generated always as identity primary key,
    lot_id bigint not null,
    transfer_id bigint, -- that gave points back or reinstated them; null: only the end was moved
    customer_id bigint not null,
    expires_before timestamptz,
    expires_after timestamptz,
    booked_at timestamptz not null,
    reason text,
    actor text
);
create index lot_change_lot on loyalty.lot_change (lot_id, id);
create index lot_change_customer on loyalty.lot_change (customer_id);
create trigger never_changed before update or delete or truncate on loyalty.lot_change
    for each statement execute function loyalty.refuse_change();

-- As in 0048; erasing takes the words of changes of lots, too.
create or replace function loyalty.refuse_change() returns trigger language plpgsql as $$
begin
    if
        tg_op = 'UPDATE' and tg_table_name in ('transfer', 'lot_change')
        and coalesce(current_setting('regulars.erasing', true), '') = 'on'
    then
        return null;
    end if;
    raise exception 'The ledger is never changed: % on %.% refused; post a reversal.',
        tg_op, tg_table_schema, tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
drop trigger transfer_keeps_its_amounts on loyalty.transfer;
create trigger transfer_keeps_its_amounts before update on loyalty.transfer
    for each row when (
        (
            new.id, new.programme_id, new.currency_id, new.member_id, new.customer_id, new.kind, new.amount, new.collected,
            new.booked_at, new.occurred_at, new.reverses, new.order_id, new.line_no, new.position, new.rule, new.version,
            new.counterpart, new.order_key, new.claimed
        ) is distinct from (
            old.id, old.programme_id, old.currency_id, old.member_id, old.customer_id, old.kind, old.amount, old.collected,
            old.booked_at, old.occurred_at, old.reverses, old.order_id, old.line_no, old.position, old.rule, old.version,
            old.counterpart, old.order_key, old.claimed
        )
    )
    execute function loyalty.refuse_other_change();
create trigger lot_change_keeps_its_ends before update on loyalty.lot_change
    for each row when (
        (new.lot_id, new.transfer_id, new.customer_id, new.expires_before, new.expires_after, new.booked_at) is distinct from
        (old.lot_id, old.transfer_id, old.customer_id, old.expires_before, old.expires_after, old.booked_at)
    )
    execute function loyalty.refuse_other_change();

-- All entries of a transfer are written by one statement, and sum to zero where they are written; none before the books
-- were closed.
create or replace function loyalty.check_entries() returns trigger language plpgsql as $$
declare
    broken bigint;
    earliest timestamptz;
begin
    select max(w.transfer_id) filter (where w.total <> 0 or w.entries < 2), min(w.earliest) into broken, earliest
    from (
        select transfer_id, sum(amount) as total, count(*) as entries, min(booked_at) as earliest
        from written group by transfer_id
    ) w;
    if broken is not null then
        raise exception 'The entries of transfer % do not balance.', broken
            using errcode = 'integrity_constraint_violation';
    end if;
    if exists (select from loyalty.programme p where p.closed_until > earliest) then
        select w.transfer_id into broken
        from written w
        join loyalty.account a on a.id = w.account_id
        join loyalty.programme p on p.id = a.programme_id
        where w.booked_at < p.closed_until limit 1;
        if found then
            raise exception 'Transfer % would be booked before the books were closed.', broken
                using errcode = 'integrity_constraint_violation';
        end if;
    end if;
    return null;
end $$;

-- The members whose lots a member may spend, itself first, the others by number.
create function loyalty.pool(p_member bigint) returns bigint[] language sql stable as $$
    select array[p_member]
$$;

-- Locks a member and whoever it shares points with, by number; gives them as `loyalty.pool` does.
create function loyalty.lock_pool(p_member bigint) returns bigint[] language plpgsql as $$
declare sharing bigint[];
begin
    sharing := loyalty.pool(p_member);
    perform from loyalty.member m where m.id = any (sharing) order by m.id for update;
    if cardinality(sharing) > 1 then
        -- Who left while it was waited for does not count, nor who came: they were not locked.
        if sharing <> loyalty.pool(p_member) then
            sharing := array(
                select x.id from unnest(loyalty.pool(p_member)) with ordinality x (id, n)
                where x.id = any (sharing) order by x.n);
        end if;
    end if;
    return sharing;
end $$;

-- What some members together can spend at an instant: their lots, less what is held. A hold may use the lots that were
-- spendable when it was placed, so that what has ended since takes nothing from the others.
create function loyalty.available(p_members bigint[], p_currency int, p_at timestamptz) returns bigint
language plpgsql stable as $$
declare
    there bigint;
    free bigint;
begin
    select coalesce(sum(l.remaining), 0) into there
    from loyalty.lot l join loyalty.member m on m.id = l.member_id
    where l.member_id = any (p_members) and l.currency_id = p_currency and l.remaining > 0 and not l.pending
        and (l.expires_at is null or l.expires_at > p_at) and (m.inactive_from is null or m.inactive_from > p_at);
    if not exists (
        select from loyalty.hold h
        where h.member_id = any (p_members) and h.currency_id = p_currency and h.state = 'open' and h.expires_at > p_at
    ) then
        return there;
    end if;
    select min(coalesce((
            select sum(l.remaining) from loyalty.lot l join loyalty.member m on m.id = l.member_id
            where l.member_id = any (p_members) and l.currency_id = p_currency and l.remaining > 0 and not l.pending
                and (l.expires_at is null or l.expires_at > h.placed_at)
                and (m.inactive_from is null or m.inactive_from > h.placed_at)), 0) - h.held) into free
    from (
        select o.placed_at, sum(o.amount) over (order by o.placed_at desc) as held from loyalty.hold o
        where o.member_id = any (p_members) and o.currency_id = p_currency and o.state = 'open' and o.expires_at > p_at
    ) h;
    return greatest(0, least(there, free));
end $$;

-- Whether points of a lot wait with expiring, since a hold that was placed before the lot's end is open.
create function loyalty.kept_for_hold(p_member bigint, p_currency int, p_end timestamptz, p_at timestamptz)
returns boolean language sql stable as $$
    select exists (
        select from loyalty.hold h
        where h.member_id = any (loyalty.pool(p_member)) and h.currency_id = p_currency and h.state = 'open'
            and h.expires_at > p_at and h.placed_at < p_end)
$$;

-- The lots of a member that can be spent at an instant, in the order in which they pay, up to what is not held.
create or replace function loyalty.spendable(p_member bigint, p_currency int, p_at timestamptz)
returns table (lot_id bigint, remaining bigint, upto bigint) language sql stable as $$
    select s.id, least(s.remaining, c.most - (s.upto - s.remaining)), least(s.upto, c.most)
    from (
        select l.id, l.remaining, sum(l.remaining) over (order by l.expires_at nulls last, l.earned_at, l.id)::bigint as upto
        from loyalty.lot l join loyalty.member m on m.id = l.member_id
        where l.member_id = p_member and l.currency_id = p_currency and l.remaining > 0 and not l.pending
            and (l.expires_at is null or l.expires_at > p_at) and (m.inactive_from is null or m.inactive_from > p_at)
    ) s
    cross join (select loyalty.available(loyalty.pool(p_member), p_currency, p_at) as most) c
    where s.upto - s.remaining < c.most
$$;

-- Takes an amount out of the lots that were spendable at p_since, earliest expiry first, and records which lot paid what.
create function loyalty.take_lots(
    p_member bigint, p_customer bigint, p_currency int, p_amount bigint, p_transfer bigint, p_at timestamptz,
    p_since timestamptz
) returns void language plpgsql as $$
begin
    with fit as (
        select l.id as lot_id, l.remaining,
            sum(l.remaining) over (order by l.expires_at nulls last, l.earned_at, l.id)::bigint as upto
        from loyalty.lot l
        where l.member_id = p_member and l.currency_id = p_currency and l.remaining > 0 and not l.pending
            and (l.expires_at is null or l.expires_at > p_since)
    ), taken as (
        select lot_id, least(remaining, p_amount - (upto - remaining)) as amount from fit where upto - remaining < p_amount
    ), moved as (
        insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
        select lot_id, p_transfer, p_customer, -amount, p_at from taken order by lot_id
    )
    update loyalty.lot l set remaining = l.remaining - t.amount from taken t where l.id = t.lot_id;
end $$;
create or replace function loyalty.take_lots(
    p_member bigint, p_customer bigint, p_currency int, p_amount bigint, p_transfer bigint, p_at timestamptz
) returns void language sql as $$
    select loyalty.take_lots(p_member, p_customer, p_currency, p_amount, p_transfer, p_at, p_at)
$$;

-- Writes a transfer's entries as signed amounts by account kind; zero amounts are left out.
create or replace function loyalty.enter(
    p_transfer bigint, p_programme int, p_currency int, p_member bigint, p_customer bigint, p_at timestamptz,
    p_kinds text[], p_amounts bigint[]
) returns void language plpgsql as $$
begin
    with given as (
        select e.kind, e.amount from unnest(p_kinds, p_amounts) as e (kind, amount) where e.amount <> 0
    ), own as (
        update loyalty.account a set balance = a.balance + g.amount from given g
        where a.member_id = p_member and a.currency_id = p_currency and a.kind = g.kind
        returning a.id, g.amount, a.balance
    )
    insert into loyalty.entry (transfer_id, account_id, customer_id, amount, balance_after, booked_at)
    select p_transfer, o.id, p_customer, o.amount, o.balance, p_at from own o
    union all
    select p_transfer, c.id, p_customer, g.amount, null, p_at from given g
    join loyalty.account c on c.member_id is null and c.programme_id = p_programme and c.currency_id = p_currency
        and c.kind = g.kind;
end $$;

-- Brings points of one member into another's books, with their lots: one transfer in each, over the account `moved`.
-- Their lots keep their dates and remember the lot they came from. Both members are locked. Gives the one that brought.
create function loyalty.hand_over(
    p_from bigint, p_to bigint, p_currency int, p_amount bigint, p_kind text, p_at timestamptz, p_since timestamptz,
    p_occurred timestamptz, p_reason text, p_actor text
) returns bigint language plpgsql as $$
declare
    f loyalty.member;
    t loyalty.member;
    out_id bigint := nextval('loyalty.transfer_id_seq');
    in_id bigint := nextval('loyalty.transfer_id_seq');
begin
    select * into f from loyalty.member where id = p_from;
    select * into t from loyalty.member where id = p_to;
    insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, booked_at,
        occurred_at, counterpart, reason, actor) overriding system value
    values
        (out_id, f.programme_id, p_currency, f.id, f.customer_id, p_kind, p_amount, p_at, p_occurred, in_id, p_reason, p_actor),
        (in_id, f.programme_id, p_currency, t.id, t.customer_id, p_kind, p_amount, p_at, p_occurred, out_id, p_reason, p_actor);
    perform loyalty.take_lots(f.id, f.customer_id, p_currency, p_amount, out_id, p_at, p_since);
    insert into loyalty.lot (programme_id, currency_id, member_id, customer_id, transfer_id, earned_at, active_from,
        expires_at, amount, remaining, pending, given_from)
    select l.programme_id, p_currency, t.id, t.customer_id, in_id, l.earned_at, l.active_from, l.expires_at,
        -v.amount, -v.amount, false, l.id
    from loyalty.lot_move v join loyalty.lot l on l.id = v.lot_id
    where v.transfer_id = out_id order by v.id;
    perform loyalty.enter(out_id, f.programme_id, p_currency, f.id, f.customer_id, p_at,
        array['active', 'moved'], array[-p_amount, p_amount]);
    perform loyalty.enter(in_id, f.programme_id, p_currency, t.id, t.customer_id, p_at,
        array['active', 'moved'], array[p_amount, -p_amount]);
    update loyalty.member set booked_at = p_at where id in (f.id, t.id);
    return in_id;
end $$;

-- Brings points that were handed over home into the lots they came from. All lots are of one such transfer; their
-- holders and owners are locked. Gives the reversal in the books of whoever had them.
create function loyalty.hand_back(
    p_lots bigint[], p_amounts bigint[], p_at timestamptz, p_reason text, p_actor text
) returns bigint language plpgsql as $$
declare
    given loyalty.transfer;
    holder loyalty.member;
    owner loyalty.member;
    total bigint;
    out_id bigint := nextval('loyalty.transfer_id_seq');
    in_id bigint := nextval('loyalty.transfer_id_seq');
begin
    select x.* into given from loyalty.lot l join loyalty.transfer x on x.id = l.transfer_id where l.id = p_lots[1];
    select m.* into holder from loyalty.lot l join loyalty.member m on m.id = l.member_id where l.id = p_lots[1];
    select m.* into owner from loyalty.lot l join loyalty.lot h on h.id = l.given_from
    join loyalty.member m on m.id = h.member_id where l.id = p_lots[1];
    select sum(a) into total from unnest(p_amounts) a;
    insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, booked_at,
        occurred_at, reverses, counterpart, reason, actor) overriding system value
    values
        (out_id, given.programme_id, given.currency_id, holder.id, holder.customer_id, 'reversal', total, p_at,
            given.occurred_at, given.id, in_id, p_reason, p_actor),
        (in_id, given.programme_id, given.currency_id, owner.id, owner.customer_id, 'reversal', total, p_at,
            given.occurred_at, given.counterpart, out_id, p_reason, p_actor);
    with brought as (
        select l.id, l.given_from, u.amount, h.customer_id
        from unnest(p_lots, p_amounts) u (id, amount)
        join loyalty.lot l on l.id = u.id
        join loyalty.lot h on h.id = l.given_from
    ), moved as (
        insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
        select b.id, out_id, holder.customer_id, -b.amount, p_at from brought b
        union all
        select b.given_from, in_id, b.customer_id, b.amount, p_at from brought b
    )
    update loyalty.lot l set remaining = l.remaining + x.amount
    from (
        select b.id, -b.amount as amount from brought b
        union all
        select b.given_from, sum(b.amount) from brought b group by b.given_from
    ) x
    where l.id = x.id;
    perform loyalty.enter(out_id, given.programme_id, given.currency_id, holder.id, holder.customer_id, p_at,
        array['active', 'moved'], array[-total, total]);
    perform loyalty.enter(in_id, given.programme_id, given.currency_id, owner.id, owner.customer_id, p_at,
        array['active', 'moved'], array[total, -total]);
    update loyalty.member set booked_at = p_at where id in (holder.id, owner.id);
    return out_id;
end $$;

-- Pays an amount: own lots first, earliest expiry first; what is missing comes out of the lots of those the member shares
-- points with, earliest expiry first. Lots that were spendable at p_since pay.
create function loyalty.pay(
    p_pool bigint[], p_customer bigint, p_currency int, p_amount bigint, p_transfer bigint, p_at timestamptz,
    p_since timestamptz, p_occurred timestamptz
) returns void language plpgsql as $$
declare
    own bigint;
    share record;
begin
    if cardinality(p_pool) > 1 then
        select coalesce(sum(l.remaining), 0) into own
        from loyalty.lot l join loyalty.member m on m.id = l.member_id
        where l.member_id = p_pool[1] and l.currency_id = p_currency and l.remaining > 0 and not l.pending
            and (l.expires_at is null or l.expires_at > p_since) and (m.inactive_from is null or m.inactive_from > p_since);
        for share in
            select f.member_id, sum(least(f.remaining, p_amount - own - (f.upto - f.remaining)))::bigint as amount
            from (
                select l.member_id, l.remaining,
                    sum(l.remaining) over (order by l.expires_at nulls last, l.earned_at, l.id)::bigint as upto
                from loyalty.lot l join loyalty.member m on m.id = l.member_id
                where l.member_id = any (p_pool[2:]) and l.currency_id = p_currency and l.remaining > 0 and not l.pending
                    and (l.expires_at is null or l.expires_at > p_since)
                    and (m.inactive_from is null or m.inactive_from > p_since)
            ) f
            where f.upto - f.remaining < p_amount - own
            group by f.member_id order by f.member_id
        loop
            perform loyalty.hand_over(share.member_id, p_pool[1], p_currency, share.amount, 'pool', p_at, p_since,
                p_occurred, null, null);
        end loop;
    end if;
    perform loyalty.take_lots(p_pool[1], p_customer, p_currency, p_amount, p_transfer, p_at, p_since);
end $$;

-- Of an award, how much of what was asked back is still to be taken: what expired is gone and is not taken again.
-- Withheld is what reversals of spendings took out of its lots before 0063; now that is a reversal of the award.
create function loyalty.lacks(p_award bigint) returns bigint language sql stable as $$
    select greatest(0, least(back.claimed, t.amount - gone.expired) - back.taken - gone.withheld)::bigint
    from loyalty.transfer t
    cross join lateral (
        select coalesce(sum(coalesce(r.claimed, case when t.kind in ('earn', 'adjust') then t.amount else r.amount end)), 0)
                as claimed,
            coalesce(sum(r.amount), 0) as taken
        from loyalty.transfer r where r.reverses = t.id
    ) back
    cross join lateral (
        select coalesce(-sum(v.amount) filter (where x.kind in ('expire', 'reinstate')), 0) as expired,
            coalesce(-sum(v.amount) filter (
                where v.amount < 0 and x.kind = 'reversal' and u.kind in ('spend', 'adjust')
                    and not exists (select from loyalty.lot o where o.transfer_id = u.id)), 0) as withheld
        from loyalty.lot l
        join loyalty.lot_move v on v.lot_id = l.id
        join loyalty.transfer x on x.id = v.transfer_id
        left join loyalty.transfer u on u.id = x.reverses
        where l.transfer_id = t.id
    ) gone
    where t.id = p_award
$$;

-- Takes a part of an award back out of a lot: a further reversal of it, by which nothing more is asked back.
drop function loyalty.withhold(bigint, bigint, bigint, timestamptz);
create function loyalty.take_owed(p_award bigint, p_lot bigint, p_part bigint, p_at timestamptz) returns void
language plpgsql as $$
declare
    t loyalty.transfer;
    l loyalty.lot;
    reversal_id bigint := nextval('loyalty.transfer_id_seq');
begin
    select * into t from loyalty.transfer where id = p_award;
    select * into l from loyalty.lot where id = p_lot;
    insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, booked_at,
        occurred_at, reverses, order_id, rule, version, reason, claimed) overriding system value
    values (reversal_id, t.programme_id, t.currency_id, l.member_id, t.customer_id, 'reversal', p_part, p_at,
        t.occurred_at, t.id, t.order_id, t.rule, t.version, 'was not there when it was returned', 0);
    insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
    values (p_lot, reversal_id, l.customer_id, -p_part, p_at);
    update loyalty.lot x set remaining = x.remaining - p_part where x.id = p_lot;
    perform loyalty.enter(reversal_id, t.programme_id, t.currency_id, l.member_id, t.customer_id, p_at,
        array['active', 'issued'], array[-p_part, p_part]);
    update loyalty.member set booked_at = p_at where id = l.member_id;
end $$;

-- Points of a member are there again that had been spent or held since p_turn (a place among the transfers): takes what
-- returns of awards have asked back since then and could not take, up to p_most; out of these lots (null: whatever can
-- be spent), those of the same award first. Else spending, returning and taking the spending back would leave points
-- for nothing. The member is locked. Gives how much.
create function loyalty.make_good(
    p_member bigint, p_currency int, p_most bigint, p_turn bigint, p_at timestamptz, p_lots bigint[]
) returns bigint language plpgsql as $$
declare
    owing record;
    source record;
    part bigint;
    lacking bigint;
    total bigint := 0;
begin
    for owing in
        select r.reverses as award_id, sum(coalesce(r.claimed, t.amount))::bigint as claimed
        from loyalty.transfer r join loyalty.transfer t on t.id = r.reverses
        where r.member_id in (select m.id from loyalty.member m where m.id = p_member or m.merged_into = p_member)
            and r.id > p_turn and r.kind = 'reversal' and r.currency_id = p_currency
            and coalesce(r.claimed, t.amount) <> 0 and t.kind in ('earn', 'adjust')
            and exists (select from loyalty.lot l where l.transfer_id = t.id)
        group by r.reverses having sum(coalesce(r.claimed, t.amount)) > 0 order by r.reverses
    loop
        lacking := least(p_most - total, loyalty.lacks(owing.award_id), owing.claimed);
        continue when lacking <= 0;
        for source in
            select l.id, l.remaining from loyalty.lot l
            where l.remaining > 0 and not l.pending and case when p_lots is null
                then l.member_id = p_member and l.currency_id = p_currency and (l.expires_at is null or l.expires_at > p_at)
                else l.id = any (p_lots) end
            order by l.transfer_id = owing.award_id desc, l.expires_at nulls last, l.earned_at, l.id
        loop
            part := least(lacking, source.remaining);
            if p_lots is null then
                part := least(part, loyalty.available(loyalty.pool(p_member), p_currency, p_at));
            end if;
            exit when part <= 0;
            perform loyalty.take_owed(owing.award_id, source.id, part, p_at);
            total := total + part;
            lacking := lacking - part;
            exit when lacking = 0;
        end loop;
    end loop;
    return total;
end $$;


-- Pays a debt out of the active points; called wherever points become active. Gives what was repaid.
create or replace function loyalty.repay(p_programme int, p_currency int, p_member bigint, p_at timestamptz)
returns bigint language plpgsql as $$
declare
    m loyalty.member;
    due bigint;
    usable bigint;
    transfer_id bigint;
begin
    select -balance into due from loyalty.account
    where member_id = p_member and currency_id = p_currency and kind = 'debt';
    if due = 0 then
        return 0;
    end if;
    select * into m from loyalty.member where id = p_member for update;
    -- Read again behind the lock: somebody else may have repaid it.
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

-- The open member of a person in a programme, before it is locked.
create function loyalty.member_of(p_programme int, p_customer bigint) returns bigint language sql stable as $$
    select m.id from loyalty.member m
    where m.programme_id = p_programme and m.customer_id = p_customer and m.closed_at is null
$$;

-- When a booking of a member takes place: never before its latest one, and never in closed books.
create function loyalty.book_at(p_programme int, p_at timestamptz, p_booked timestamptz) returns timestamptz
language sql stable as $$
    select greatest(p_at, p_booked, (select p.closed_until from loyalty.programme p where p.id = p_programme))
$$;

-- Spends (or takes away, for a negative adjustment). Outcomes: posted, insufficient, ended, no_member, conflict.
drop function loyalty.post_spend(
    int, int, bigint, text, bigint, text, timestamptz, timestamptz, text, text, jsonb);
create function loyalty.post_spend(
    p_programme int, p_currency int, p_customer bigint, p_kind text, p_amount bigint, p_key text,
    p_occurred timestamptz, p_at timestamptz, p_reason text, p_actor text, p_fields jsonb, p_order_key text default null,
    out outcome text, out transfer_id bigint, out available bigint, out field text
) language plpgsql as $$
declare
    m loyalty.member;
    p loyalty.programme;
    booked timestamptz;
    sharing bigint[];
    held boolean;
begin
    select * into p from loyalty.programme where id = p_programme;
    -- Whoever had to wait here reads the lots in a later statement, and so sees what the other left.
    if p.pooled then
        sharing := loyalty.lock_pool(loyalty.member_of(p_programme, p_customer));
        select * into m from loyalty.member where id = sharing[1] and closed_at is null;
    else
        select * into m from loyalty.member
        where programme_id = p_programme and customer_id = p_customer and closed_at is null for update;
        sharing := array[m.id];
    end if;
    if m.id is null then
        outcome := 'no_member';
        return;
    end if;
    booked := greatest(p_at, m.booked_at, p.closed_until);
    -- What most members are: by themselves, and with nothing held. It is worth the second way to ask.
    select coalesce(sum(l.remaining), 0), exists (
        select from loyalty.hold h where h.member_id = m.id and h.currency_id = p_currency and h.state = 'open')
    into available, held
    from loyalty.lot l
    where l.member_id = m.id and l.currency_id = p_currency and l.remaining > 0 and not l.pending
        and (l.expires_at is null or l.expires_at > booked);
    if held or p.pooled or m.inactive_from is not null then
        available := loyalty.available(sharing, p_currency, booked);
    end if;
    if p_kind = 'spend' and p.spend_until <= p_at then
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
    if not found then
        select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
        return;
    end if;
    if outcome <> 'posted' then
        return;
    end if;
    if p.pooled then
        perform loyalty.pay(sharing, p_customer, p_currency, p_amount, transfer_id, booked, booked, p_occurred);
    end if;
    -- All of it is one statement: what each costs by itself would be most of the time.
    with transferred as (
        insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, booked_at,
            occurred_at, reason, actor, order_key) overriding system value
        values (transfer_id, p_programme, p_currency, m.id, p_customer, p_kind, p_amount, booked, p_occurred,
            p_reason, p_actor, p_order_key)
    ), fit as (
        select l.id as lot_id, l.remaining,
            sum(l.remaining) over (order by l.expires_at nulls last, l.earned_at, l.id)::bigint as upto
        from loyalty.lot l
        where not p.pooled and l.member_id = m.id and l.currency_id = p_currency and l.remaining > 0 and not l.pending
            and (l.expires_at is null or l.expires_at > booked)
    ), taken as materialized (
        select f.lot_id, least(f.remaining, p_amount - (f.upto - f.remaining)) as part
        from fit f where f.upto - f.remaining < p_amount
    ), moved as (
        insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
        select t.lot_id, post_spend.transfer_id, p_customer, -t.part, booked from taken t
    ), paid as (
        update loyalty.lot l set remaining = l.remaining - t.part from taken t where l.id = t.lot_id
    ), own as (
        update loyalty.account a set balance = a.balance - p_amount
        where a.member_id = m.id and a.currency_id = p_currency and a.kind = 'active'
        returning a.id, a.balance
    ), stamped as (
        update loyalty.member x set booked_at = booked where x.id = m.id
    )
    insert into loyalty.entry (transfer_id, account_id, customer_id, amount, balance_after, booked_at)
    select post_spend.transfer_id, o.id, p_customer, -p_amount, o.balance, booked from own o
    union all
    select post_spend.transfer_id, c.id, p_customer, p_amount, null, booked
    from loyalty.account c
    where c.member_id is null and c.programme_id = p_programme and c.currency_id = p_currency
        and c.kind = case p_kind when 'spend' then 'redeemed' else 'forfeited' end;
end $$;

-- Awards by hand, or without an order: a lot of its own. Outcomes: posted, no_member, conflict.
drop function loyalty.post_award(
    int, int, bigint, bigint, text, timestamptz, timestamptz, timestamptz, timestamptz, text, text, jsonb);
create function loyalty.post_award(
    p_programme int, p_currency int, p_customer bigint, p_amount bigint, p_key text,
    p_occurred timestamptz, p_at timestamptz, p_active_from timestamptz, p_expires timestamptz,
    p_reason text, p_actor text, p_fields jsonb, p_origin text default null,
    out outcome text, out transfer_id bigint, out available bigint, out field text
) language plpgsql as $$
declare
    m loyalty.member;
    booked timestamptz;
    waits boolean;
begin
    select * into m from loyalty.member
    where programme_id = p_programme and customer_id = p_customer and closed_at is null for update;
    if not found then
        outcome := 'no_member';
        return;
    end if;
    booked := loyalty.book_at(p_programme, p_at, m.booked_at);
    waits := p_active_from > booked;
    available := loyalty.available(loyalty.pool(m.id), p_currency, booked) + case when waits then 0 else p_amount end;
    outcome := 'posted';
    transfer_id := nextval('loyalty.transfer_id_seq');
    insert into loyalty.caller_key values
        (p_programme, p_key, p_customer, p_fields, outcome, transfer_id, available) on conflict do nothing;
    if not found then
        select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
        return;
    end if;
    insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, booked_at,
        occurred_at, reason, actor, origin) overriding system value
    values (transfer_id, p_programme, p_currency, m.id, p_customer, 'adjust', p_amount, booked, p_occurred,
        p_reason, p_actor, p_origin);
    insert into loyalty.lot (programme_id, currency_id, member_id, customer_id, transfer_id, earned_at,
        active_from, expires_at, amount, remaining, pending)
    values (p_programme, p_currency, m.id, p_customer, transfer_id, p_occurred, p_active_from, p_expires,
        p_amount, p_amount, waits);
    perform loyalty.enter(transfer_id, p_programme, p_currency, m.id, p_customer, booked,
        array['issued', case when waits then 'pending' else 'active' end], array[-p_amount, p_amount]);
    update loyalty.member set booked_at = booked where id = m.id;
    perform loyalty.repay(p_programme, p_currency, m.id, booked);
end $$;

-- Reverses a transfer, as a whole or in part, as often as something of it stands.
-- What was taken goes back into the lots it came from, out of which it was taken last first; their end is then p_least at
-- the earliest. Points that others of a pool had handed over go home.
-- What was awarded is taken from its own lot, wherever a merge brought it, then (within_balance, unlimited) from the others
-- of that member, then (unlimited) becomes a debt; never what is held. What of it expired is gone already and is not taken
-- again. What could not be taken, since it was spent or held, is taken when that spending is reversed or the hold is free:
-- else buying, spending and returning both would leave points for nothing. With p_claims, also when nothing is there now.
-- What was given to another member comes back out of the lots it made there, as far as it is still in them.
-- Outcomes: posted, unknown, already_reversed, not_reversible, nothing_left, too_much, conflict.
drop function loyalty.post_reversal(int, bigint, text, timestamptz, text, text, text, jsonb);
create function loyalty.post_reversal(
    p_programme int, p_transfer bigint, p_key text, p_at timestamptz, p_policy text,
    p_reason text, p_actor text, p_fields jsonb,
    p_amount bigint default null, p_claims boolean default false, p_least timestamptz default null,
    out outcome text, out transfer_id bigint, out available bigint, out field text, out amount bigint
) language plpgsql as $$
declare
    t loyalty.transfer;
    m loyalty.member;
    own loyalty.lot;
    booked timestamptz;
    sharing bigint[];
    homes bigint[]; -- members whose lots were handed over for it
    standing bigint; -- of a taking: not yet given back; of an award: not yet asked back
    asked bigint;
    claimed_before bigint;
    own_part bigint := 0; -- taken out of the award's own lot
    other_part bigint := 0;
    debt_part bigint := 0;
    want bigint := 0;
    expired_part bigint := 0;
    stray bigint[]; -- profiles that belong to somebody else
    home record;
begin
    amount := 0;
    select * into t from loyalty.transfer where id = p_transfer and programme_id = p_programme;
    if not found then
        outcome := 'unknown';
        return;
    end if;
    if t.kind in ('gift', 'pool') then
        select g.outcome, g.transfer_id, g.available, g.field, g.amount
        into outcome, transfer_id, available, field, amount
        from loyalty.take_back_gift(t, p_key, p_at, p_reason, p_actor, p_fields, p_amount) g;
        return;
    end if;
    if exists (select from loyalty.lot l where l.transfer_id = p_transfer) then
        -- An award is taken back from whoever holds it now.
        select h.* into m from loyalty.member h
        where h.programme_id = p_programme and h.closed_at is null and h.customer_id = coalesce(
            (select p.person_id from customers.fact_person p where p.customer_id = t.customer_id), t.customer_id);
    else
        select array_agg(distinct h.member_id) into homes
        from loyalty.lot_move v
        join loyalty.lot l on l.id = v.lot_id and l.given_from is not null
        join loyalty.transfer g on g.id = l.transfer_id and g.kind = 'pool'
        join loyalty.lot h on h.id = l.given_from
        where v.transfer_id = p_transfer;
    end if;
    sharing := loyalty.pool(coalesce(m.id, t.member_id));
    perform from loyalty.member x where x.id = any (sharing || homes) order by x.id for update;
    select * into m from loyalty.member where id = coalesce(m.id, t.member_id);
    select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
    if outcome is not null then
        select coalesce((select r.amount from loyalty.transfer r where r.id = post_reversal.transfer_id), 0) into amount;
        return;
    end if;
    booked := loyalty.book_at(p_programme, p_at, m.booked_at);
    if homes is not null then
        booked := greatest(booked, (select max(x.booked_at) from loyalty.member x where x.id = any (homes)));
    end if;
    -- Of the lots an award came to stand in, the one that holds what is left.
    select * into own from loyalty.lot l where l.transfer_id = p_transfer
    order by l.member_id = m.id desc, l.remaining desc, l.id desc limit 1;
    available := loyalty.available(sharing, t.currency_id, booked);
    select t.amount - coalesce(sum(case when own.id is null then r.amount else coalesce(r.claimed, t.amount) end), 0)
    into standing from loyalty.transfer r where r.reverses = p_transfer;
    asked := coalesce(p_amount, standing);
    outcome := 'posted';
    if t.kind not in ('earn', 'spend', 'adjust') then
        outcome := 'not_reversible';
    elsif standing <= 0 then
        outcome := 'already_reversed';
    elsif asked > standing then
        outcome := 'too_much';
    elsif own.id is not null then
        claimed_before := t.amount - standing;
        select coalesce(-sum(v.amount), 0) into expired_part
        from loyalty.lot l
        join loyalty.lot_move v on v.lot_id = l.id
        join loyalty.transfer x on x.id = v.transfer_id and x.kind in ('expire', 'reinstate')
        where l.transfer_id = p_transfer;
        want := least(claimed_before + asked, t.amount - expired_part) - least(claimed_before, t.amount - expired_part);
        own_part := case
            when own.member_id <> m.id then 0
            when own.pending then least(want, own.remaining)
            when p_policy = 'only_pending' then 0
            when least(own.expires_at, m.inactive_from) <= booked
                and not loyalty.kept_for_hold(m.id, t.currency_id, own.expires_at, p_at) then least(want, own.remaining)
            else least(want, own.remaining, available) end;
        if p_policy <> 'only_pending' then
            other_part := least(want - own_part, greatest(0, least(available, (
                select coalesce(sum(s.remaining), 0) from loyalty.spendable(m.id, t.currency_id, booked) s
            )) - case when own.pending or least(own.expires_at, m.inactive_from) <= booked then 0 else own_part end));
        end if;
        if p_policy = 'unlimited' then
            debt_part := want - own_part - other_part;
        end if;
        if p_policy = 'only_pending' then
            asked := least(asked, own_part); -- The policy asks for no more than that.
        end if;
        if own_part + other_part + debt_part = 0 and (not p_claims or asked = 0) then
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
    amount := case when own.id is null then asked else own_part + other_part + debt_part end;
    insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, collected, booked_at,
        occurred_at, reverses, order_id, line_no, rule, version, reason, actor, order_key, claimed) overriding system value
    values (transfer_id, p_programme, t.currency_id, m.id, t.customer_id, 'reversal', amount,
        case when own.id is null then -t.collected
            else round(t.collected::numeric * claimed_before / t.amount)
                - round(t.collected::numeric * (claimed_before + asked) / t.amount) end,
        booked, t.occurred_at, p_transfer, t.order_id, t.line_no, t.rule, t.version, p_reason, p_actor, t.order_key,
        case when own.id is not null then asked end);
    if own.id is null then
        perform loyalty.refill(t.id, transfer_id, asked, m.customer_id, booked, p_least);
        perform loyalty.enter(transfer_id, p_programme, t.currency_id, m.id, m.customer_id, booked,
            array[case t.kind when 'spend' then 'redeemed' else 'forfeited' end, 'active'], array[-asked, asked]);
        update loyalty.member set booked_at = booked where id = m.id;
        perform loyalty.make_good(m.id, t.currency_id, asked,
            coalesce((select h.turn from loyalty.hold h where h.member_id = m.id and h.transfer_id = t.id), t.id), booked,
            array(select v.lot_id from loyalty.lot_move v where v.transfer_id = post_reversal.transfer_id and v.amount > 0));
        for home in
            select array_agg(l.id order by l.id) as lots, array_agg(least(v.amount, l.remaining) order by l.id) as amounts
            from (
                select w.lot_id, sum(w.amount)::bigint as amount from loyalty.lot_move w
                where w.transfer_id = post_reversal.transfer_id and w.amount > 0 group by w.lot_id
            ) v
            join loyalty.lot l on l.id = v.lot_id and l.given_from is not null and l.remaining > 0
            join loyalty.transfer g on g.id = l.transfer_id and g.kind = 'pool'
            group by l.transfer_id order by l.transfer_id
        loop
            perform loyalty.hand_back(home.lots, home.amounts, booked, p_reason, p_actor);
        end loop;
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
        update loyalty.member set booked_at = booked where id = m.id;
    end if;
    -- What was given back to a profile that belongs to somebody else by now goes on to that person.
    select array_agg(distinct l.customer_id order by l.customer_id) into stray
    from loyalty.lot_move v
    join loyalty.lot l on l.id = v.lot_id and l.remaining > 0
    join loyalty.member o on o.id = l.member_id
    join customers.fact_person p on p.customer_id = l.customer_id and p.person_id <> o.customer_id
    where (v.transfer_id = post_reversal.transfer_id and v.amount > 0) or l.member_id = any (homes) and v.booked_at = booked;
    if stray is not null then
        perform loyalty.follow(
            stray, array_fill(m.customer_id, array[cardinality(stray)]),
            array(select p.person_id from customers.fact_person p where p.customer_id = any (stray) order by p.customer_id),
            booked);
    end if;
    available := loyalty.available(sharing, t.currency_id, booked);
    update loyalty.caller_key k set available = post_reversal.available
    where k.programme_id = p_programme and k.key = p_key;
end $$;

-- Gives a part of what a transfer took back into the lots it came from, those that it took from last first. An end before
-- p_least moves there, and is written down.
create function loyalty.refill(
    p_transfer bigint, p_reversal bigint, p_amount bigint, p_customer bigint, p_at timestamptz, p_least timestamptz
) returns void language sql as $$
    with taken as (
        select v.lot_id, min(v.id) as turn, -sum(v.amount) as amount from loyalty.lot_move v
        where v.transfer_id = p_transfer group by v.lot_id
    ), open as (
        select t.lot_id, t.turn, t.amount - coalesce((
            select sum(v.amount) from loyalty.lot_move v
            join loyalty.transfer r on r.id = v.transfer_id and r.reverses = p_transfer
            where v.lot_id = t.lot_id and v.amount > 0), 0) as amount
        from taken t
    ), ordered as (
        select o.*, sum(o.amount) over (order by o.turn desc) as upto from open o where o.amount > 0
    ), given as materialized (
        select o.lot_id, least(o.amount, p_amount - (o.upto - o.amount))::bigint as amount
        from ordered o where o.upto - o.amount < p_amount
    ), moved as (
        insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
        select g.lot_id, p_reversal, p_customer, g.amount, p_at from given g order by g.lot_id
    ), noted as (
        insert into loyalty.lot_change (lot_id, transfer_id, customer_id, expires_before, expires_after, booked_at, reason)
        select l.id, p_reversal, l.customer_id, l.expires_at, p_least, p_at, 'given back'
        from given g join loyalty.lot l on l.id = g.lot_id where l.expires_at < p_least
    )
    update loyalty.lot l set remaining = l.remaining + g.amount,
        expires_at = case when l.expires_at < p_least then p_least else l.expires_at end
    from given g where l.id = g.lot_id
$$;

-- Takes a gift back out of the lots it made: what of it is still there and not held.
create function loyalty.take_back_gift(
    t loyalty.transfer, p_key text, p_at timestamptz, p_reason text, p_actor text, p_fields jsonb, p_amount bigint,
    out outcome text, out transfer_id bigint, out available bigint, out field text, out amount bigint
) language plpgsql as $$
declare
    brought bigint := greatest(t.id, t.counterpart); -- the transfer in the receiver's books
    holder bigint;
    booked timestamptz;
    lots bigint[];
    amounts bigint[];
    stray bigint[];
    owner bigint;
begin
    amount := 0;
    if t.kind = 'pool' then
        outcome := 'not_reversible'; -- It goes with the spending that it was handed over for.
        return;
    end if;
    select l.member_id, h.member_id into holder, owner
    from loyalty.lot l join loyalty.lot h on h.id = l.given_from
    where l.transfer_id = brought order by l.remaining desc, l.id desc limit 1;
    perform from loyalty.member m where m.id in (holder, owner) order by m.id for update;
    select a.outcome, a.transfer_id, a.available, a.field into outcome, transfer_id, available, field
    from loyalty.answered(t.programme_id, p_key, p_fields) a;
    if outcome is not null then
        select coalesce((select r.amount from loyalty.transfer r where r.id = take_back_gift.transfer_id), 0) into amount;
        return;
    end if;
    select loyalty.book_at(t.programme_id, p_at, max(m.booked_at)) into booked
    from loyalty.member m where m.id in (holder, owner);
    available := loyalty.available(array[holder], t.currency_id, booked);
    amount := least(coalesce(p_amount, t.amount), available);
    select array_agg(f.id order by f.id), array_agg(least(f.remaining, take_back_gift.amount - (f.upto - f.remaining)) order by f.id)
    into lots, amounts
    from (
        select l.id, l.remaining, sum(l.remaining) over (order by l.id)::bigint as upto from loyalty.lot l
        where l.transfer_id = brought and l.member_id = holder and l.given_from is not null and l.remaining > 0
            and (l.expires_at is null or l.expires_at > booked)
    ) f
    where f.upto - f.remaining < take_back_gift.amount;
    outcome := case when lots is null then 'nothing_left' else 'posted' end;
    amount := coalesce((select sum(x) from unnest(amounts) x), 0);
    if lots is not null and p_amount > amount then
        outcome := 'too_much';
    end if;
    insert into loyalty.caller_key values
        (t.programme_id, p_key, t.customer_id, p_fields, outcome, null, available) on conflict do nothing;
    if not found then
        select a.outcome, a.transfer_id, a.available, a.field into outcome, transfer_id, available, field
        from loyalty.answered(t.programme_id, p_key, p_fields) a;
        return;
    end if;
    if outcome <> 'posted' then
        return;
    end if;
    transfer_id := loyalty.hand_back(lots, amounts, booked, p_reason, p_actor);
    update loyalty.caller_key k set transfer_id = take_back_gift.transfer_id, available = take_back_gift.available - take_back_gift.amount
    where k.programme_id = t.programme_id and k.key = p_key;
    available := available - amount;
    perform loyalty.repay(t.programme_id, t.currency_id, owner, booked);
    select array_agg(distinct l.customer_id order by l.customer_id) into stray
    from loyalty.lot l
    join loyalty.member o on o.id = l.member_id
    join customers.fact_person p on p.customer_id = l.customer_id and p.person_id <> o.customer_id
    where l.id in (select g.given_from from loyalty.lot g where g.id = any (lots)) and l.remaining > 0;
    if stray is not null then
        perform loyalty.follow(
            stray, array(select o.customer_id from unnest(stray), loyalty.member o where o.id = owner),
            array(select p.person_id from customers.fact_person p where p.customer_id = any (stray) order by p.customer_id),
            booked);
    end if;
end $$;

-- Takes back that some of an award was asked back, as far as it is not taken yet; gives how much. No points move.
create function loyalty.unclaim(p_award bigint, p_amount bigint, p_at timestamptz, p_reason text) returns bigint
language plpgsql as $$
declare
    t loyalty.transfer;
    m loyalty.member;
    part bigint;
    before bigint;
begin
    select * into t from loyalty.transfer where id = p_award;
    select x.* into m from loyalty.lot l join loyalty.member x on x.id = l.member_id
    where l.transfer_id = p_award order by l.remaining desc, l.id desc limit 1;
    select * into m from loyalty.member where id = m.id for update;
    part := least(p_amount, loyalty.lacks(p_award));
    if part > 0 then
        select sum(coalesce(r.claimed, t.amount)) into before from loyalty.transfer r where r.reverses = p_award;
        insert into loyalty.transfer (programme_id, currency_id, member_id, customer_id, kind, amount, collected, booked_at,
            occurred_at, reverses, order_id, rule, version, reason, claimed)
        values (t.programme_id, t.currency_id, m.id, t.customer_id, 'reversal', 0,
            round(t.collected::numeric * before / t.amount) - round(t.collected::numeric * (before - part) / t.amount),
            loyalty.book_at(t.programme_id, p_at, m.booked_at), t.occurred_at, p_award, t.order_id, t.rule, t.version,
            p_reason, -part);
        update loyalty.member set booked_at = loyalty.book_at(t.programme_id, p_at, m.booked_at) where id = m.id;
    end if;
    return greatest(part, 0);
end $$;

-- Gives points to another member of the programme; their lots keep their dates. Outcomes: posted, insufficient, ended,
-- no_member, no_receiver, same_member, conflict.
create function loyalty.post_gift(
    p_programme int, p_currency int, p_from bigint, p_to bigint, p_amount bigint, p_key text,
    p_at timestamptz, p_reason text, p_actor text, p_fields jsonb,
    out outcome text, out transfer_id bigint, out available bigint, out field text
) language plpgsql as $$
declare
    f loyalty.member;
    t loyalty.member;
    p loyalty.programme;
    brought bigint;
    booked timestamptz;
    sharing bigint[];
begin
    select * into f from loyalty.member where id = loyalty.member_of(p_programme, p_from);
    select * into t from loyalty.member where id = loyalty.member_of(p_programme, p_to);
    sharing := loyalty.pool(f.id);
    perform from loyalty.member m where m.id = any (sharing || t.id) order by m.id for update;
    select * into f from loyalty.member where id = f.id and closed_at is null;
    select * into t from loyalty.member where id = t.id and closed_at is null;
    if f.id is null or t.id is null or f.id = t.id then
        outcome := case when f.id is null then 'no_member' when t.id is null then 'no_receiver' else 'same_member' end;
        return;
    end if;
    select * into p from loyalty.programme where id = p_programme;
    booked := greatest(p_at, f.booked_at, t.booked_at, p.closed_until);
    -- Only one's own: what others share pays, and is not given away.
    available := least(loyalty.available(sharing, p_currency, booked), loyalty.available(array[f.id], p_currency, booked));
    outcome := case when p.spend_until <= p_at then 'ended' when available < p_amount then 'insufficient' else 'posted' end;
    if outcome = 'posted' then
        available := available - p_amount;
    end if;
    insert into loyalty.caller_key values
        (p_programme, p_key, p_from, p_fields, outcome, null, available) on conflict do nothing;
    if not found then
        select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
        return;
    end if;
    if outcome <> 'posted' then
        return;
    end if;
    brought := loyalty.hand_over(f.id, t.id, p_currency, p_amount, 'gift', booked, booked, p_at, p_reason, p_actor);
    select x.counterpart into transfer_id from loyalty.transfer x where x.id = brought;
    update loyalty.caller_key k set transfer_id = post_gift.transfer_id where k.programme_id = p_programme and k.key = p_key;
    perform loyalty.repay(p_programme, p_currency, t.id, booked);
end $$;

-- Promises points to a payment. Outcomes: posted, insufficient, ended, no_member, conflict.
create function loyalty.post_hold(
    p_programme int, p_currency int, p_customer bigint, p_amount bigint, p_key text, p_at timestamptz,
    p_expires timestamptz, p_order_key text, p_reason text, p_actor text, p_fields jsonb,
    out outcome text, out hold_id bigint, out available bigint, out field text
) language plpgsql as $$
declare
    m loyalty.member;
    p loyalty.programme;
    booked timestamptz;
    sharing bigint[];
begin
    sharing := loyalty.lock_pool(loyalty.member_of(p_programme, p_customer));
    select * into m from loyalty.member where id = sharing[1] and closed_at is null;
    if not found then
        outcome := 'no_member';
        return;
    end if;
    select * into p from loyalty.programme where id = p_programme;
    booked := greatest(p_at, m.booked_at, p.closed_until);
    available := loyalty.available(sharing, p_currency, booked);
    outcome := case when p.spend_until <= p_at then 'ended' when available < p_amount then 'insufficient' else 'posted' end;
    if outcome = 'posted' then
        hold_id := nextval('loyalty.hold_id_seq');
        available := available - p_amount;
    end if;
    insert into loyalty.caller_key (programme_id, key, customer_id, fields, outcome, available, hold_id)
    values (p_programme, p_key, p_customer, p_fields, outcome, available, hold_id) on conflict do nothing;
    if not found then
        select * into outcome, hold_id, available, field from loyalty.answered_hold(p_programme, p_key, p_fields);
        return;
    end if;
    if outcome <> 'posted' then
        return;
    end if;
    insert into loyalty.hold (id, programme_id, currency_id, member_id, customer_id, amount, placed_at, expires_at,
        order_key, reason, actor, turn) overriding system value
    values (hold_id, p_programme, p_currency, m.id, p_customer, p_amount, booked, p_expires + (booked - p_at),
        p_order_key, p_reason, p_actor, nextval('loyalty.transfer_id_seq'));
    update loyalty.member set booked_at = booked where id = m.id;
end $$;

-- As `loyalty.answered`, for a write about a hold.
create function loyalty.answered_hold(
    p_programme int, p_key text, p_fields jsonb,
    out outcome text, out hold_id bigint, out available bigint, out field text
) language sql stable as $$
    select a.outcome, k.hold_id, a.available, a.field
    from loyalty.answered(p_programme, p_key, p_fields) a
    left join loyalty.caller_key k on k.programme_id = p_programme and k.key = p_key
    where a.outcome is not null
$$;

-- Captures all (p_amount null) or a part of a hold, the rest is free again; or voids it (p_voids). Resolved once.
-- Outcomes: posted, captured, voided, expired, too_much, insufficient, unknown, conflict.
create function loyalty.resolve_hold(
    p_programme int, p_hold bigint, p_voids boolean, p_amount bigint, p_key text, p_at timestamptz,
    p_order_key text, p_reason text, p_actor text, p_fields jsonb,
    out outcome text, out transfer_id bigint, out available bigint, out field text
) language plpgsql as $$
declare
    h loyalty.hold;
    m loyalty.member;
    booked timestamptz;
    sharing bigint[];
    asked bigint;
begin
    loop
        select * into h from loyalty.hold x where x.id = p_hold and x.programme_id = p_programme;
        if not found then
            outcome := 'unknown';
            return;
        end if;
        sharing := loyalty.lock_pool(h.member_id);
        select * into h from loyalty.hold x where x.id = p_hold;
        exit when h.member_id = sharing[1]; -- Else it moved to another member while we waited.
    end loop;
    select * into m from loyalty.member where id = h.member_id;
    select a.outcome, a.transfer_id, a.available, a.field into outcome, transfer_id, available, field
    from loyalty.answered(p_programme, p_key, p_fields) a;
    if outcome is not null then
        return;
    end if;
    booked := loyalty.book_at(p_programme, p_at, m.booked_at);
    asked := coalesce(p_amount, h.amount);
    outcome := case
        when h.state <> 'open' then h.state
        when h.expires_at <= p_at then 'expired'
        when not p_voids and asked > h.amount then 'too_much'
        else 'posted' end;
    if outcome = 'posted' and not p_voids and asked > (
        select coalesce(sum(l.remaining), 0) from loyalty.lot l join loyalty.member x on x.id = l.member_id
        where l.member_id = any (sharing) and l.currency_id = h.currency_id and l.remaining > 0 and not l.pending
            and (l.expires_at is null or l.expires_at > h.placed_at)
            and (x.inactive_from is null or x.inactive_from > h.placed_at)
    ) then
        outcome := 'insufficient'; -- Only when the points left with a profile or a household since.
    end if;
    if outcome = 'posted' and not p_voids then
        transfer_id := nextval('loyalty.transfer_id_seq');
    end if;
    insert into loyalty.caller_key (programme_id, key, customer_id, fields, outcome, transfer_id, available, hold_id)
    values (p_programme, p_key, h.customer_id, p_fields, outcome, transfer_id,
        loyalty.available(sharing, h.currency_id, booked), h.id) on conflict do nothing;
    if not found then
        select a.outcome, a.transfer_id, a.available, a.field into outcome, transfer_id, available, field
        from loyalty.answered(p_programme, p_key, p_fields) a;
        return;
    end if;
    if outcome = 'posted' then
        update loyalty.hold x set state = case when p_voids then 'voided' else 'captured' end,
            captured = case when p_voids then 0 else asked end, resolved_at = booked,
            transfer_id = resolve_hold.transfer_id, order_key = coalesce(p_order_key, x.order_key)
        where x.id = h.id;
        if not p_voids then
            insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, booked_at,
                occurred_at, reason, actor, order_key) overriding system value
            values (transfer_id, p_programme, h.currency_id, m.id, m.customer_id, 'spend', asked, booked, p_at,
                coalesce(p_reason, h.reason), coalesce(p_actor, h.actor), coalesce(p_order_key, h.order_key));
            perform loyalty.pay(sharing, m.customer_id, h.currency_id, asked, transfer_id, booked, h.placed_at, p_at);
            perform loyalty.enter(transfer_id, p_programme, h.currency_id, m.id, m.customer_id, booked,
                array['active', 'redeemed'], array[-asked, asked]);
        end if;
        update loyalty.member set booked_at = booked where id = m.id;
        perform loyalty.freed(h.id, p_at);
    end if;
    available := loyalty.available(sharing, h.currency_id, booked);
    update loyalty.caller_key k set available = resolve_hold.available
    where k.programme_id = p_programme and k.key = p_key;
end $$;

-- What happens where a hold is resolved: returns that had to wait for it take theirs, then debts. Its member is locked.
create function loyalty.freed(p_hold bigint, p_at timestamptz) returns void language plpgsql as $$
declare
    h loyalty.hold;
    booked timestamptz;
begin
    select * into h from loyalty.hold where id = p_hold;
    select loyalty.book_at(m.programme_id, p_at, m.booked_at) into booked from loyalty.member m where m.id = h.member_id;
    if h.amount > h.captured then
        perform loyalty.make_good(h.member_id, h.currency_id, h.amount - h.captured, h.turn, booked, null);
        perform loyalty.repay(h.programme_id, h.currency_id, h.member_id, booked);
    end if;
end $$;

-- Voids the newest holds of a member who holds more than is there, since points left with a profile or a household.
create function loyalty.void_short(p_member bigint, p_at timestamptz) returns int language plpgsql as $$
declare
    h loyalty.hold;
    sharing bigint[] := loyalty.pool(p_member);
    voided int := 0;
begin
    for h in
        select * from loyalty.hold x where x.member_id = p_member and x.state = 'open' and x.expires_at > p_at
        order by x.id desc
    loop
        continue when (
            select coalesce(sum(o.amount), 0) from loyalty.hold o
            where o.member_id = any (sharing) and o.currency_id = h.currency_id and o.state = 'open' and o.expires_at > p_at
        ) <= (
            select coalesce(sum(a.balance), 0) from loyalty.account a
            where a.member_id = any (sharing) and a.currency_id = h.currency_id and a.kind = 'active'
        );
        update loyalty.hold x set state = 'voided', resolved_at = greatest(p_at, x.placed_at) where x.id = h.id;
        voided := voided + 1;
    end loop;
    return voided;
end $$;

-- Resolves the holds of a programme whose time is over, as of when it was over. Gives their ids.
create function loyalty.expire_holds(p_programme int, p_at timestamptz) returns bigint[] language plpgsql as $$
declare
    due bigint[];
    over bigint;
begin
    select array_agg(h.id) into due from loyalty.hold h
    where h.programme_id = p_programme and h.state = 'open' and h.expires_at <= p_at;
    if due is null then
        return '{}';
    end if;
    perform from loyalty.member m where m.id in (
        select unnest(loyalty.pool(h.member_id)) from loyalty.hold h where h.id = any (due)) order by m.id for update;
    with ended as (
        update loyalty.hold h set state = 'expired', resolved_at = h.expires_at
        where h.id = any (due) and h.state = 'open' returning h.id
    )
    select array_agg(e.id order by e.id) into due from ended e;
    foreach over in array coalesce(due, '{}') loop
        perform loyalty.freed(over, p_at);
    end loop;
    return coalesce(due, '{}');
end $$;

-- Moves the end of lots of a programme that still hold points: of one member (null: of all), of these lots (null: of all),
-- of those that end in [p_from, p_until); to an instant, or by so long. Every change is written down.
create function loyalty.move_ends(
    p_programme int, p_currency int, p_customer bigint, p_lots bigint[], p_from timestamptz, p_until timestamptz,
    p_to timestamptz, p_by interval, p_at timestamptz, p_reason text, p_actor text, out lots int, out points bigint
) language plpgsql as $$
begin
    perform from loyalty.member m where m.id in (
        select l.member_id from loyalty.lot l join loyalty.member o on o.id = l.member_id
        where l.programme_id = p_programme and l.currency_id = p_currency and l.remaining > 0
            and (p_customer is null or o.customer_id = p_customer) and (p_lots is null or l.id = any (p_lots))
            and (p_from is null or l.expires_at >= p_from) and (p_until is null or l.expires_at < p_until))
    order by m.id for update;
    with meant as materialized (
        select l.id, l.customer_id, l.remaining, l.expires_at as before, coalesce(p_to, l.expires_at + p_by) as after,
            greatest(p_at, o.booked_at) as booked
        from loyalty.lot l join loyalty.member o on o.id = l.member_id
        where l.programme_id = p_programme and l.currency_id = p_currency and l.remaining > 0
            and (p_customer is null or o.customer_id = p_customer) and (p_lots is null or l.id = any (p_lots))
            and (p_from is null or l.expires_at >= p_from) and (p_until is null or l.expires_at < p_until)
            -- What has ended and waits for the job is gone: that is to be reinstated.
            and (l.expires_at is null or l.expires_at > p_at)
    ), changing as (
        select * from meant where after is distinct from before and after > p_at
    ), noted as (
        insert into loyalty.lot_change (lot_id, customer_id, expires_before, expires_after, booked_at, reason, actor)
        select c.id, c.customer_id, c.before, c.after, c.booked, p_reason, p_actor from changing c order by c.id
    ), changed as (
        update loyalty.lot l set expires_at = greatest(c.after, l.active_from + interval '1 microsecond')
        from changing c where l.id = c.id
        returning c.remaining
    )
    select count(*)::int, coalesce(sum(remaining), 0)::bigint into lots, points from changed;
end $$;

-- Gives back into their lots what expired from an instant on, until a new end. Outcomes: posted, nothing_left, no_member,
-- conflict.
create function loyalty.post_reinstatement(
    p_programme int, p_currency int, p_customer bigint, p_lots bigint[], p_since timestamptz, p_until timestamptz,
    p_key text, p_at timestamptz, p_reason text, p_actor text, p_fields jsonb,
    out outcome text, out transfer_id bigint, out available bigint, out field text, out amount bigint
) language plpgsql as $$
declare
    m loyalty.member;
    booked timestamptz;
    found_lots bigint[];
    parts bigint[];
begin
    amount := 0;
    select * into m from loyalty.member x where x.id = loyalty.member_of(p_programme, p_customer) for update;
    if m.id is null or m.closed_at is not null then
        outcome := 'no_member';
        return;
    end if;
    select a.outcome, a.transfer_id, a.available, a.field into outcome, transfer_id, available, field
    from loyalty.answered(p_programme, p_key, p_fields) a;
    if outcome is not null then
        select coalesce((select t.amount from loyalty.transfer t where t.id = post_reinstatement.transfer_id), 0) into amount;
        return;
    end if;
    booked := loyalty.book_at(p_programme, p_at, m.booked_at);
    select array_agg(e.lot_id order by e.lot_id), array_agg(e.gone order by e.lot_id), coalesce(sum(e.gone), 0)
    into found_lots, parts, amount
    from (
        select v.lot_id, -sum(v.amount)::bigint as gone
        from loyalty.lot l
        join loyalty.lot_move v on v.lot_id = l.id
        join loyalty.transfer x on x.id = v.transfer_id and x.kind in ('expire', 'reinstate')
        where l.member_id = m.id and l.currency_id = p_currency and (p_lots is null or l.id = any (p_lots))
        group by v.lot_id
        having -sum(v.amount) > 0 and max(x.occurred_at) filter (where x.kind = 'expire') >= p_since
    ) e;
    outcome := case when found_lots is null then 'nothing_left' else 'posted' end;
    if outcome = 'posted' then
        transfer_id := nextval('loyalty.transfer_id_seq');
    end if;
    insert into loyalty.caller_key values (p_programme, p_key, p_customer, p_fields, outcome, transfer_id,
        loyalty.available(loyalty.pool(m.id), p_currency, booked) + amount) on conflict do nothing;
    if not found then
        select a.outcome, a.transfer_id, a.available, a.field into outcome, transfer_id, available, field
        from loyalty.answered(p_programme, p_key, p_fields) a;
        return;
    end if;
    if outcome = 'posted' then
        insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, booked_at,
            occurred_at, reason, actor) overriding system value
        values (transfer_id, p_programme, p_currency, m.id, m.customer_id, 'reinstate', amount, booked, p_at, p_reason, p_actor);
        insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
        select u.id, post_reinstatement.transfer_id, m.customer_id, u.part, booked
        from unnest(found_lots, parts) u (id, part) order by u.id;
        insert into loyalty.lot_change (lot_id, transfer_id, customer_id, expires_before, expires_after, booked_at, reason, actor)
        select l.id, post_reinstatement.transfer_id, l.customer_id, l.expires_at, p_until, booked, p_reason, p_actor
        from loyalty.lot l where l.id = any (found_lots) order by l.id;
        update loyalty.lot l set remaining = l.remaining + u.part, expires_at = p_until
        from unnest(found_lots, parts) u (id, part) where l.id = u.id;
        perform loyalty.enter(transfer_id, p_programme, p_currency, m.id, m.customer_id, booked,
            array['expired', 'active'], array[-amount, amount]);
        update loyalty.member set booked_at = booked where id = m.id;
        -- Of an award that was returned since, nothing comes back.
        perform loyalty.take_owed(l.transfer_id, l.id, least(l.remaining, u.part, loyalty.lacks(l.transfer_id)), booked)
        from unnest(found_lots, parts) u (id, part) join loyalty.lot l on l.id = u.id
        where exists (select from loyalty.transfer r where r.reverses = l.transfer_id)
            and least(l.remaining, u.part, loyalty.lacks(l.transfer_id)) > 0;
        perform loyalty.repay(p_programme, p_currency, m.id, booked);
    end if;
    available := loyalty.available(loyalty.pool(m.id), p_currency, booked);
    update loyalty.caller_key k set available = post_reinstatement.available
    where k.programme_id = p_programme and k.key = p_key;
end $$;

-- Moves the points of some profiles, a debt, and holds, from one member to another: one transfer in each one's books, and the
-- lots with their dates and awards. Back with a member they came from, points go into the lots they left.
create or replace function loyalty.move_points(
    p_from bigint, p_to bigint, p_currency int, p_profiles bigint[], p_at timestamptz
) returns void language plpgsql as $$
declare
    f loyalty.member;
    t loyalty.member;
    booked timestamptz;
    active bigint;
    pending bigint;
    owed bigint;
    kind text;
    turn bigint;
    out_id bigint;
    in_id bigint;
begin
    select * into f from loyalty.member where id = p_from;
    select * into t from loyalty.member where id = p_to;
    booked := loyalty.book_at(f.programme_id, p_at, greatest(f.booked_at, t.booked_at));
    kind := case when f.closed_at is null then 'split' else 'merge' end;
    select coalesce(sum(l.remaining) filter (where not l.pending), 0),
        coalesce(sum(l.remaining) filter (where l.pending), 0) into active, pending
    from loyalty.lot l
    where l.member_id = p_from and l.currency_id = p_currency and l.customer_id = any (p_profiles) and l.remaining > 0;
    select -a.balance into owed from loyalty.account a
    where a.member_id = p_from and a.currency_id = p_currency and a.kind = 'debt';
    if kind = 'split' then
        -- No more than came from there and did not go back.
        owed := least(owed, greatest(0, (
            select coalesce(-sum(e.amount), 0) from loyalty.account a
            join loyalty.entry e on e.account_id = a.id
            join loyalty.transfer x on x.id = e.transfer_id
            join loyalty.transfer y on y.id = x.counterpart and y.member_id = p_to
            where a.member_id = p_from and a.currency_id = p_currency and a.kind = 'debt')));
    end if;
    if active + pending + owed = 0 then
        return;
    end if;
    turn := 1 + (select count(*) from loyalty.transfer x where x.member_id = p_from and x.counterpart is not null);
    out_id := nextval('loyalty.transfer_id_seq');
    in_id := nextval('loyalty.transfer_id_seq');
    insert into loyalty.caller_key
    select f.programme_id, 'regulars:' || kind || ':' || f.customer_id || ':' || t.customer_id || ':' || p_currency || ':'
        || side.name || turn, side.customer_id,
        jsonb_build_object('kind', kind, 'from', f.customer_id, 'customer', t.customer_id,
            'amount', active + pending, 'owed', owed), 'posted', side.transfer_id, active
    from (values ('out', f.customer_id, out_id), ('in', t.customer_id, in_id)) as side (name, customer_id, transfer_id)
    on conflict do nothing;
    insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, booked_at,
        occurred_at, counterpart) overriding system value
    values
        (out_id, f.programme_id, p_currency, p_from, f.customer_id, kind,
            case when active + pending > 0 then active + pending else owed end, booked, p_at, in_id),
        (in_id, f.programme_id, p_currency, p_to, t.customer_id, kind,
            case when active + pending > 0 then active + pending else owed end, booked, p_at, out_id);
    with leaving as materialized (
        select l.*, row_number() over (partition by l.transfer_id order by l.id) as turn
        from loyalty.lot l
        where l.member_id = p_from and l.currency_id = p_currency and l.customer_id = any (p_profiles)
            and l.remaining > 0
    ), home as materialized (
        select v.id, h.id as home_id
        from leaving v
        cross join lateral (
            select h.id from loyalty.lot h
            where h.transfer_id = v.transfer_id and h.member_id = p_to and h.remaining = 0 and h.amount >= v.remaining
            order by h.id limit 1
        ) h
        where v.turn = 1
    ), emptied as (
        update loyalty.lot l set remaining = 0 from leaving v where l.id = v.id
    ), refilled as (
        update loyalty.lot l set remaining = v.remaining, pending = v.pending
        from home join leaving v using (id) where l.id = home.home_id
    ), moved as (
        insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
        select v.id, out_id, v.customer_id, -v.remaining, booked from leaving v
        union all
        select home.home_id, in_id, v.customer_id, v.remaining, booked from home join leaving v using (id)
    )
    insert into loyalty.lot (programme_id, currency_id, member_id, customer_id, transfer_id, earned_at,
        active_from, expires_at, amount, remaining, pending, moved_by, given_from)
    select v.programme_id, v.currency_id, p_to, v.customer_id, v.transfer_id, v.earned_at, v.active_from, v.expires_at,
        v.remaining, v.remaining, v.pending, in_id, v.given_from
    from leaving v where v.id not in (select home.id from home) order by v.id;
    perform loyalty.enter(out_id, f.programme_id, p_currency, p_from, f.customer_id, booked,
        array['active', 'pending', 'debt', 'moved'], array[-active, -pending, owed, active + pending - owed]);
    perform loyalty.enter(in_id, f.programme_id, p_currency, p_to, t.customer_id, booked,
        array['active', 'pending', 'debt', 'moved'], array[active, pending, -owed, owed - active - pending]);
    update loyalty.member set booked_at = booked where id in (p_from, p_to);
    with taken as (
        update loyalty.hold h set member_id = p_to
        where h.member_id = p_from and h.currency_id = p_currency and h.state = 'open'
            and (kind = 'merge' or h.customer_id = any (p_profiles))
        returning h.id
    )
    insert into loyalty.hold_move (hold_id, member_before, moved_at) select x.id, p_from, booked from taken x order by x.id;
    perform log.append(
        'regulars.loyalty.points_moved/' || p.key || '/' || in_id, 'regulars.loyalty.points_moved', t.customer_id,
        booked, jsonb_build_object('programme', p.key, 'points', active + pending, 'owed', owed, 'currency', c.code,
            'transfer', in_id, 'because', kind), 0, 1, true)
    from loyalty.programme p join loyalty.currency c on c.id = p_currency where p.id = f.programme_id;
    perform loyalty.void_short(p_from, booked);
    perform loyalty.void_short(p_to, booked);
    perform loyalty.repay(f.programme_id, p_currency, p_to, booked);
end $$;

-- As in 0057, with what is held.
create or replace view loyalty.fact_balance as
select
    m.customer_id, p.key as programme, c.code as currency,
    act.balance / 10.0::double precision ^ c.scale as active,
    pen.balance / 10.0::double precision ^ c.scale as pending,
    -deb.balance / 10.0::double precision ^ c.scale as owed,
    coalesce((
        select sum(h.amount) from loyalty.hold h
        where h.member_id = m.id and h.currency_id = c.id and h.state = 'open'
    ), 0)::double precision / 10.0::double precision ^ c.scale as held
from loyalty.member m
join loyalty.programme p on p.id = m.programme_id
join loyalty.currency c on c.programme_id = p.id
join loyalty.account act on act.member_id = m.id and act.currency_id = c.id and act.kind = 'active'
join loyalty.account pen on pen.member_id = m.id and pen.currency_id = c.id and pen.kind = 'pending'
join loyalty.account deb on deb.member_id = m.id and deb.currency_id = c.id and deb.kind = 'debt'
where m.closed_at is null;

-- Every hold, by the profile whose doing it was, in points as people read them.
create view loyalty.fact_hold as
select
    h.id as hold_id, h.customer_id as atom_id, p.key as programme, c.code as currency, h.state, h.placed_at, h.expires_at,
    h.resolved_at, h.transfer_id, h.order_key, h.amount / 10.0::double precision ^ c.scale as amount,
    h.captured / 10.0::double precision ^ c.scale as captured
from loyalty.hold h
join loyalty.programme p on p.id = h.programme_id
join loyalty.currency c on c.id = h.currency_id;

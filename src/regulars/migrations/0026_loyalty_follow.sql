-- Why: points, membership and tier follow when profiles are merged or split, and history earns nothing.
-- How long on 10M rows: two indexes are built over loyalty.lot and loyalty.transfer, about 20 s; the rest is instant.
-- Undo: only while no transfer is of kind merge or split: drop what is made here, and create the functions again as
--       in 0009, 0015 and 0016.
--
-- `customer_id` of a transfer or lot is the profile (the atom) whose doing it was, for ever; `customer_id` of a member
-- is the person. A lot is held by the member of its profile's person, and moves there when that person changes.

-- One row a profile; closed while another profile stands for it (merged_into), or when what opened it was undone.
alter table loyalty.member
add column closed_at timestamptz,
add column merged_into bigint;
create index member_merged on loyalty.member (merged_into) where merged_into is not null;

-- A tier that a merged profile brought stands in tier; the member's own then waits in own_*. Closed with the member.
alter table loyalty.member_tier
add column closed boolean not null default false,
add column own_tier int,
add column own_since timestamptz,
add column own_valid_until timestamptz;
drop index loyalty.member_tier_due;
create index member_tier_due on loyalty.member_tier (programme_id, tier_set, valid_until) where tier > 1 and not closed;

-- The transfer that brought the lot from another member; null: earned here. Its award stays transfer_id.
alter table loyalty.lot add column moved_by bigint;
create index lot_of_profile on loyalty.lot (customer_id) where remaining > 0;

-- Of a merge or split: the same move as the other member's books have it.
alter table loyalty.transfer
add column counterpart bigint,
drop constraint transfer_kind_check,
add constraint transfer_kind_check check (
    kind in ('earn', 'spend', 'adjust', 'expire', 'activate', 'reversal', 'repay', 'merge', 'split')
) not valid; -- No row that stands can break it; looking would read them all.

-- What tiers count is counted over all profiles of a person.
create index transfer_collected_by_profile on loyalty.transfer (customer_id, occurred_at) include (collected)
where collected <> 0;
drop index loyalty.transfer_collected;

-- Points on their way from one member to another: out of the one and into the other in one transaction, always 0.
alter table loyalty.account
drop constraint account_kind_check,
add constraint account_kind_check check (kind in (
    'pending', 'active', 'debt', 'issued', 'redeemed', 'expired', 'forfeited', 'partner_payable', 'moved'
)) not valid;
insert into loyalty.account (programme_id, currency_id, kind)
select programme_id, id, 'moved' from loyalty.currency;

alter type loyalty.priced add attribute atom_id bigint;

-- What a person's profiles collected after one instant up to another.
create function loyalty.collected(p_person bigint, p_currency int, p_after timestamptz, p_until timestamptz)
returns bigint language sql stable as $$
    select coalesce(sum(c.collected), 0)::bigint from loyalty.transfer c
    where c.customer_id = any (
            array(select a.customer_id from customers.fact_person a where a.person_id = p_person) || p_person)
        and c.collected <> 0 and c.currency_id = p_currency
        and c.occurred_at > p_after and c.occurred_at <= p_until
$$;

-- The accounts and first tier of members just made.
create function loyalty.open_accounts(p_made bigint[], p_tier_set text) returns void language sql as $$
    insert into loyalty.account (programme_id, currency_id, kind, member_id, customer_id, balance)
    select m.programme_id, c.id, k.kind, m.id, m.customer_id, 0
    from loyalty.member m
    join loyalty.currency c on c.programme_id = m.programme_id
    cross join unnest(array['pending', 'active', 'debt']) as k (kind)
    where m.id = any (p_made);
    insert into loyalty.member_tier (member_id, programme_id, customer_id, tier_set, tier, since)
    select m.id, m.programme_id, m.customer_id, p_tier_set, 1, m.joined_at
    from loyalty.member m where m.id = any (p_made) and p_tier_set is not null
$$;

-- Makes the missing ones of these customers members, with their accounts; announces each. Idempotent. Who was a
-- member only through a merge that was undone becomes one again.
create or replace function loyalty.join_members(
    p_programme int, p_customers bigint[], p_joined timestamptz[], p_booked timestamptz[],
    p_terms text, p_by text, p_tier_set text
) returns int language plpgsql as $$
declare
    made bigint[];
    again bigint[];
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
    with reopened as (
        update loyalty.member m set closed_at = null, joined_at = c.joined_at, terms_version = p_terms, joined_by = p_by
        from unnest(p_customers, p_joined) as c (customer_id, joined_at)
        where m.programme_id = p_programme and m.customer_id = c.customer_id
            and m.closed_at is not null and m.merged_into is null
        returning m.id
    ), shown as (
        update loyalty.member_tier mt set closed = false from reopened r where mt.member_id = r.id
    )
    select array_agg(id) into again from reopened;
    if made is null and again is null then
        return 0;
    end if;
    perform loyalty.open_accounts(made, p_tier_set);
    perform log.append(
        'regulars.loyalty.joined/' || p.key || '/' || m.customer_id, 'regulars.loyalty.joined', m.customer_id,
        m.joined_at, jsonb_build_object('programme', p.key, 'terms_version', p_terms, 'by', p_by), 1
    )
    from loyalty.member m join loyalty.programme p on p.id = m.programme_id
    where m.id = any (made || again);
    return coalesce(cardinality(made), 0) + coalesce(cardinality(again), 0);
end $$;

-- The first answer of a caller's id, or nothing; another field under the same id is named. A profile and the person
-- it was merged into are the same customer: a late retry may name either.
create or replace function loyalty.answered(
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
    where f.value is distinct from g.value and not (
        f.key = 'customer' and jsonb_typeof(f.value) = 'number' and jsonb_typeof(g.value) = 'number' and exists (
            select from customers.fact_person one
            join customers.fact_person other using (person_id)
            where one.customer_id = f.value::bigint and other.customer_id = g.value::bigint))
    order by f.key limit 1;
    outcome := case when field is null then before.outcome else 'conflict' end;
    transfer_id := before.transfer_id;
    available := before.available;
end $$;

-- Spends (or takes away, for a negative adjustment). Outcomes: posted, insufficient, no_member, conflict.
create or replace function loyalty.post_spend(
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
    where programme_id = p_programme and customer_id = p_customer and closed_at is null for update;
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

-- Awards by hand: a lot of its own. Outcomes: posted, no_member, conflict.
create or replace function loyalty.post_award(
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
    where programme_id = p_programme and customer_id = p_customer and closed_at is null for update;
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
-- from its own lot, wherever a merge brought it, then (within_balance, unlimited) from the others of that member, then
-- (unlimited) becomes a debt. What of it expired is gone already and is not taken again. What an award's reversal could
-- not take, since it was spent, is taken when that spending is reversed: else buying, spending and returning both would
-- leave points for nothing.
-- Outcomes: posted, unknown, already_reversed, not_reversible, nothing_left, conflict.
create or replace function loyalty.post_reversal(
    p_programme int, p_transfer bigint, p_key text, p_at timestamptz, p_policy text,
    p_reason text, p_actor text, p_fields jsonb,
    out outcome text, out transfer_id bigint, out available bigint, out field text
) language plpgsql as $$
declare
    t loyalty.transfer;
    m loyalty.member;
    own loyalty.lot;
    booked timestamptz;
    own_part bigint := 0; -- taken out of the award's own lot
    other_part bigint := 0;
    debt_part bigint := 0;
    expired_part bigint := 0;
    withheld bigint := 0;
    stray bigint[]; -- profiles that belong to somebody else
begin
    select * into t from loyalty.transfer where id = p_transfer and programme_id = p_programme;
    if not found then
        outcome := 'unknown';
        return;
    end if;
    if exists (select from loyalty.lot l where l.transfer_id = p_transfer) then
        -- An award is taken back from whoever holds it now.
        select h.* into m from loyalty.member h
        where h.programme_id = p_programme and h.closed_at is null and h.customer_id = coalesce(
            (select p.person_id from customers.fact_person p where p.customer_id = t.customer_id), t.customer_id);
    end if;
    select * into m from loyalty.member where id = coalesce(m.id, t.member_id) for update;
    select * into outcome, transfer_id, available, field from loyalty.answered(p_programme, p_key, p_fields);
    if outcome is not null then
        return;
    end if;
    booked := greatest(p_at, m.booked_at);
    -- Of the lots an award came to stand in, the one that holds what is left.
    select * into own from loyalty.lot l where l.transfer_id = p_transfer
    order by l.member_id = m.id desc, l.remaining desc, l.id desc limit 1;
    select coalesce(sum(remaining), 0) into available from loyalty.spendable(m.id, t.currency_id, booked);
    outcome := 'posted';
    if exists (select from loyalty.transfer r where r.reverses = p_transfer) then
        outcome := 'already_reversed';
    elsif t.kind not in ('earn', 'spend', 'adjust') then
        outcome := 'not_reversible';
    elsif own.id is not null then
        select coalesce(-sum(v.amount), 0) into expired_part
        from loyalty.lot l
        join loyalty.lot_move v on v.lot_id = l.id
        join loyalty.transfer x on x.id = v.transfer_id and x.kind = 'expire'
        where l.transfer_id = p_transfer;
        own_part := case
            when own.member_id <> m.id then 0
            when own.pending or p_policy <> 'only_pending' then own.remaining else 0 end;
        if p_policy <> 'only_pending' then
            other_part := least(greatest(t.amount - own_part - expired_part, 0), available - (
                select coalesce(sum(s.remaining), 0) from loyalty.spendable(m.id, t.currency_id, booked) s
                where s.lot_id = own.id));
        end if;
        if p_policy = 'unlimited' then
            debt_part := greatest(t.amount - own_part - other_part - expired_part, 0);
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
    values (transfer_id, p_programme, t.currency_id, m.id, t.customer_id, 'reversal',
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
        withheld := loyalty.withhold(p_transfer, transfer_id, m.customer_id, booked);
        perform loyalty.enter(transfer_id, p_programme, t.currency_id, m.id, m.customer_id, booked,
            array[case t.kind when 'spend' then 'redeemed' else 'forfeited' end, 'active', 'issued'],
            array[-t.amount, t.amount - withheld, withheld]);
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
    -- What was given back to a profile that belongs to somebody else by now goes on to that person.
    select array_agg(distinct l.customer_id order by l.customer_id) into stray
    from loyalty.lot_move v
    join loyalty.lot l on l.id = v.lot_id and l.remaining > 0
    join customers.fact_person p on p.customer_id = l.customer_id and p.person_id <> m.customer_id
    where v.transfer_id = post_reversal.transfer_id and v.amount > 0;
    if stray is not null then
        perform loyalty.follow(
            stray, array_fill(m.customer_id, array[cardinality(stray)]),
            array(select p.person_id from customers.fact_person p where p.customer_id = any (stray) order by p.customer_id),
            booked);
    end if;
    select coalesce(sum(remaining), 0) into available from loyalty.spendable(m.id, t.currency_id, booked);
end $$;

-- Prices the orders of a span by one rule: points by the version in force when each order occurred, dates
-- (computed outside, in the programme's zone) joined by instant. History earns nothing.
create or replace function loyalty.price_span(
    p_programme int, p_rule text, p_after bigint, p_to bigint, p_from timestamptz, p_until timestamptz,
    p_money text, p_points bigint, p_per bigint, p_rounding text, p_by_line boolean, p_excluded text[],
    p_tier_set text, p_percents bigint[], p_orders bigint[],
    p_at timestamptz[], p_active timestamptz[], p_expires timestamptz[], p_tier_until timestamptz[]
) returns setof loyalty.priced language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
    return query
    select d.customer_id, d.order_id, d.position, d.occurred_at, d.booked_at, b.points,
        a.active_from, a.expires_at, a.tier_until, d.atom_id
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
    where d.position > p_after and d.position <= p_to and d.customer_id is not null and not d.history
        and d.currency = p_money and d.occurred_at >= p_from
        and (p_until is null or d.occurred_at < p_until)
        and (p_orders is null or d.order_id = any (p_orders))
        and b.points > 0
    order by d.position;
end $$;

-- Posts priced orders: joins members, locks them in order, then writes transfers, entries and lots in sets. What an
-- order earned bears the profile that ordered, and stands with the member of its person.
create or replace function loyalty.accrue(
    p_programme int, p_currency int, p_rule text, p_version int, p_terms text, p_tier_set text,
    p_thresholds bigint[], p_window interval, p_priced loyalty.priced[],
    out orders int, out points bigint, out joined int, out climbed int
) language plpgsql set plan_cache_mode = force_custom_plan as $$
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
            where m.programme_id = p_programme and m.customer_id = s.customer_id and m.closed_at is null)
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
        select o.transfer_id, o.member_id, o.atom_id as profile_id, o.order_id, o.position, o.occurred_at, o.points,
            o.active_from, o.expires_at, o.waits, o.account_id, o.issued_id,
            max(o.booked) over (partition by o.member_id order by o.transfer_id) as booked,
            o.balance + sum(o.points) over (partition by o.account_id order by o.transfer_id) as balance_after
        from ordered o
    ), transferred as (
        insert into loyalty.transfer overriding system value
        select n.transfer_id, p_programme, p_currency, n.member_id, n.profile_id, 'earn', n.points, n.points,
            n.booked, n.occurred_at, null, n.order_id, null, n.position, p_rule, p_version, null, null
        from numbered n order by n.transfer_id
    ), lotted as (
        insert into loyalty.lot (programme_id, currency_id, member_id, customer_id, transfer_id, earned_at,
            active_from, expires_at, amount, remaining, pending)
        select p_programme, p_currency, n.member_id, n.profile_id, n.transfer_id, n.occurred_at,
            n.active_from, n.expires_at, n.points, n.points, n.waits
        from numbered n order by n.transfer_id
    ), entered as (
        insert into loyalty.entry (transfer_id, account_id, customer_id, amount, balance_after, booked_at)
        select n.transfer_id, e.account_id, n.profile_id, e.amount, e.balance_after, n.booked
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

-- Lifts members whose points collected in the window, by all their profiles and this order included, reach a tier: at
-- once, order by order, restarting the clock. Nobody is lowered here.
create or replace function loyalty.climb(
    p_programme int, p_currency int, p_tier_set text, p_thresholds bigint[], p_window interval,
    p_posted bigint[], p_priced loyalty.priced[]
) returns int language plpgsql set plan_cache_mode = force_custom_plan as $$
declare climbed int;
begin
    if p_tier_set is null or p_posted is null then
        return 0;
    end if;
    with posted as materialized (
        select t.*, m.customer_id as person_id,
            array(select a.customer_id from customers.fact_person a where a.person_id = m.customer_id)
                || m.customer_id as profiles
        from unnest(p_posted) as own (id)
        join loyalty.transfer t on t.id = own.id
        join loyalty.member m on m.id = t.member_id
    ), figure as materialized (
        select t.id, t.member_id, t.person_id, t.occurred_at, t.booked_at, s.tier_until, mt.tier as tier_start,
            (select sum(c.collected) from loyalty.transfer c
             where c.customer_id = any (t.profiles) and c.collected <> 0 and c.currency_id = p_currency
                 and c.occurred_at > t.occurred_at - p_window and c.occurred_at <= t.occurred_at
                 and c.id <= t.id)::bigint as collected
        from posted t
        join unnest(p_priced) s on s.order_id = t.order_id
        join loyalty.member_tier mt on mt.member_id = t.member_id and mt.tier_set = p_tier_set
        where mt.tier < cardinality(p_thresholds)
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
        select p_programme, member_id, person_id, p_tier_set, tier_before, tier, collected, 'collected',
            occurred_at, booked_at
        from step where tier > tier_before order by id
    ), latest as (
        select distinct on (member_id) * from step where tier > tier_before order by member_id, id desc
    ), lifted as (
        update loyalty.member_tier mt set tier = l.tier, since = l.occurred_at, valid_until = l.tier_until,
            own_tier = null, own_since = null, own_valid_until = null
        from latest l where mt.member_id = l.member_id and mt.tier_set = p_tier_set
    ), told as (
        select loyalty.tell_tier(p_programme, p_tier_set, s.person_id, s.tier_before, s.tier, s.occurred_at, s.id)
        from step s where s.tier > s.tier_before
    )
    select count(*)::int into climbed from told;
    return climbed;
end $$;

-- One monthly look at those whose tier ran out by p_cutoff: figures of the window that ends there. Renews, or
-- lowers by the policy ('none', 'one_step', 'to_figures'). What it says holds for the profiles merged in, too.
create or replace function loyalty.review_tiers(
    p_programme int, p_currency int, p_tier_set text, p_thresholds bigint[], p_window interval, p_policy text,
    p_cutoff timestamptz, p_valid_until timestamptz, p_at timestamptz, out reviewed int, out lowered int
) language plpgsql as $$
begin
    perform from loyalty.member m where m.id in (
        select mt.member_id from loyalty.member_tier mt
        where mt.programme_id = p_programme and mt.tier_set = p_tier_set and mt.tier > 1 and not mt.closed
            and mt.valid_until <= p_cutoff)
    order by m.id for update;

    with figure as materialized (
        select mt.member_id, mt.customer_id, mt.tier,
            loyalty.collected(mt.customer_id, p_currency, p_cutoff - p_window, p_cutoff) as collected
        from loyalty.member_tier mt
        where mt.programme_id = p_programme and mt.tier_set = p_tier_set and mt.tier > 1 and not mt.closed
            and mt.valid_until <= p_cutoff
    ), judged as (
        select f.*, greatest(1, case p_policy
            when 'none' then f.tier
            when 'one_step' then greatest(f.tier - 1, least(f.tier, width_bucket(f.collected, p_thresholds)))
            else least(f.tier, width_bucket(f.collected, p_thresholds)) end) as tier_after
        from figure f
    ), placed as (
        update loyalty.member_tier mt set tier = j.tier_after,
            since = case when j.tier_after < j.tier then p_cutoff else mt.since end,
            valid_until = case when j.tier_after > 1 then p_valid_until end,
            own_tier = null, own_since = null, own_valid_until = null
        from judged j where mt.member_id = j.member_id and mt.tier_set = p_tier_set
    ), followed as (
        update loyalty.member_tier mt set tier = least(mt.tier, j.tier_after),
            since = case when j.tier_after < mt.tier then p_cutoff else mt.since end,
            valid_until = case when least(mt.tier, j.tier_after) > 1 then p_valid_until end
        from judged j
        join loyalty.member m on m.merged_into = j.member_id
        where mt.member_id = m.id and mt.tier_set = p_tier_set and mt.valid_until <= p_cutoff
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

-- Moves the points of some profiles, and a debt, from one member to another: one transfer in each one's books, and the
-- lots with their dates and awards. Back with a member they came from, points go into the lots they left.
create function loyalty.move_points(
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
    booked := greatest(p_at, f.booked_at, t.booked_at);
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
        active_from, expires_at, amount, remaining, pending, moved_by)
    select v.programme_id, v.currency_id, p_to, v.customer_id, v.transfer_id, v.earned_at, v.active_from, v.expires_at,
        v.remaining, v.remaining, v.pending, in_id
    from leaving v where v.id not in (select home.id from home) order by v.id;
    perform loyalty.enter(out_id, f.programme_id, p_currency, p_from, f.customer_id, booked,
        array['active', 'pending', 'debt', 'moved'], array[-active, -pending, owed, active + pending - owed]);
    perform loyalty.enter(in_id, f.programme_id, p_currency, p_to, t.customer_id, booked,
        array['active', 'pending', 'debt', 'moved'], array[active, pending, -owed, owed - active - pending]);
    update loyalty.member set booked_at = booked where id in (p_from, p_to);
    perform log.append(
        'regulars.loyalty.points_moved/' || p.key || '/' || in_id, 'regulars.loyalty.points_moved', t.customer_id,
        booked, jsonb_build_object('programme', p.key, 'points', active + pending, 'owed', owed, 'currency', c.code,
            'transfer', in_id, 'because', kind), 0, 1, true)
    from loyalty.programme p join loyalty.currency c on c.id = p_currency where p.id = f.programme_id;
    perform loyalty.repay(f.programme_id, p_currency, p_to, booked);
end $$;

-- Closes and opens members as profiles change their person, and brings every lot to the member of its profile's
-- person. What stands afterwards follows from who is which person, so that it may be called again. Gives the moves.
create function loyalty.follow(p_profiles bigint[], p_before bigint[], p_after bigint[], p_at timestamptz)
returns int language plpgsql as $$
declare
    made bigint[];
    concerned bigint[];
    pair record;
    moves int := 0;
begin
    -- Most profiles that are merged are nobody's members; they cost two look-ups.
    if not exists (select from loyalty.member m where m.customer_id = any (p_profiles))
        and not exists (select from loyalty.lot l where l.customer_id = any (p_profiles) and l.remaining > 0) then
        return 0;
    end if;
    with needed as (
        select m.programme_id, x.after, m.joined_at, m.booked_at, m.terms_version
        from unnest(p_profiles, p_after) as x (profile_id, after)
        join loyalty.member m on m.customer_id = x.profile_id and (m.closed_at is null or m.merged_into is not null)
        union all
        select l.programme_id, x.after, l.earned_at, h.booked_at, h.terms_version
        from unnest(p_profiles, p_after) as x (profile_id, after)
        join loyalty.lot l on l.customer_id = x.profile_id and l.remaining > 0
        join loyalty.member h on h.id = l.member_id and h.customer_id <> x.after
    ), fresh as (
        insert into loyalty.member (programme_id, customer_id, joined_at, booked_at, terms_version, joined_by)
        select n.programme_id, n.after, min(n.joined_at), max(n.booked_at),
            (array_agg(n.terms_version order by n.joined_at))[1], 'merge'
        from needed n group by n.programme_id, n.after order by n.programme_id, n.after
        on conflict (programme_id, customer_id) do nothing
        returning id
    )
    select array_agg(id) into made from fresh;
    perform loyalty.open_accounts(array_agg(m.id), v.body #>> '{tier_set,key}')
    from loyalty.member m
    cross join lateral (
        select w.body from loyalty.programme_version w where w.programme_id = m.programme_id order by w.version desc limit 1
    ) v
    where m.id = any (made) group by m.programme_id, v.body;

    select array_agg(m.id) into concerned from loyalty.member m
    where m.customer_id = any (p_profiles || p_before || p_after);
    perform from loyalty.member m where m.id = any (concerned) order by m.id for update;

    update loyalty.member m set
        closed_at = case when x.after <> x.profile_id then coalesce(m.closed_at, p_at) end,
        merged_into = case when x.after <> x.profile_id then s.id end
    from (
        select y.profile_id, y.after from unnest(p_profiles, p_after) as y (profile_id, after)
        union
        select y.after, y.after from unnest(p_after) as y (after) where y.after <> all (p_profiles)
    ) x
    join loyalty.member s on s.customer_id = x.after
    where m.customer_id = x.profile_id and s.programme_id = m.programme_id;

    for pair in
        select s.from_id, t.id as to_id, s.currency_id, array_agg(distinct s.profile_id) as profiles
        from (
            select l.member_id as from_id, l.programme_id, l.currency_id, x.profile_id, x.after
            from unnest(p_profiles, p_after) as x (profile_id, after)
            join loyalty.lot l on l.customer_id = x.profile_id and l.remaining > 0
            union all
            select a.member_id, a.programme_id, a.currency_id, x.profile_id, x.after
            from unnest(p_profiles, p_after) as x (profile_id, after)
            join loyalty.member m on m.customer_id = x.profile_id
            join loyalty.account a on a.member_id = m.id and a.kind = 'debt' and a.balance < 0
            union all
            select a.member_id, a.programme_id, a.currency_id, x.profile_id, x.after
            from unnest(p_profiles, p_before, p_after) as x (profile_id, before, after)
            join loyalty.member m on m.customer_id = x.before and m.closed_at is null
            join loyalty.account a on a.member_id = m.id and a.kind = 'debt' and a.balance < 0
        ) s
        join loyalty.member t on t.programme_id = s.programme_id and t.customer_id = s.after and t.id <> s.from_id
        group by s.from_id, t.id, s.currency_id order by s.from_id, t.id, s.currency_id
    loop
        perform loyalty.move_points(pair.from_id, pair.to_id, pair.currency_id, pair.profiles, p_at);
        moves := moves + 1;
    end loop;

    -- Who is a member only because of a merge that is undone now, is none any more.
    update loyalty.member m set closed_at = p_at
    where m.id = any (concerned) and m.joined_by = 'merge' and m.closed_at is null
        and not exists (select from loyalty.member o where o.merged_into = m.id)
        and not exists (select from loyalty.lot l where l.member_id = m.id and l.remaining > 0)
        and not exists (
            select from loyalty.transfer x where x.member_id = m.id and x.kind not in ('merge', 'split'));
    update loyalty.member_tier mt set closed = m.closed_at is not null
    from loyalty.member m
    where m.id = any (concerned) and mt.member_id = m.id and mt.closed <> (m.closed_at is not null);
    perform loyalty.lend_tiers(concerned, p_at);
    return moves;
end $$;

-- Gives each of these members the best tier of the profiles it stands for, its own included: the higher, of two alike
-- the one that lasts longer. What it had of its own is kept, for when the other leaves.
create function loyalty.lend_tiers(p_members bigint[], p_at timestamptz) returns void language sql as $$
    with base as (
        select mt.member_id, mt.tier_set, coalesce(m.merged_into, m.id) as stands_for,
            coalesce(mt.own_tier, mt.tier) as tier,
            case when mt.own_tier is null then mt.since else mt.own_since end as since,
            case when mt.own_tier is null then mt.valid_until else mt.own_valid_until end as valid_until
        from loyalty.member m
        join loyalty.member_tier mt on mt.member_id = m.id
        where (m.id = any (p_members) and m.closed_at is null) or m.merged_into = any (p_members)
    ), best as (
        select distinct on (b.stands_for, b.tier_set) b.* from base b
        order by b.stands_for, b.tier_set, b.tier desc, b.valid_until desc nulls last, b.since, b.member_id
    ), placed as (
        select mt.member_id, mt.programme_id, mt.customer_id, mt.tier_set, mt.tier as tier_before, t.tier, t.since,
            t.valid_until, o.tier as own_tier, o.since as own_since, o.valid_until as own_valid_until,
            t.member_id <> mt.member_id as lent,
            coalesce((select c.collected from loyalty.tier_change c
                where c.member_id = t.member_id and c.tier_set = t.tier_set order by c.id desc limit 1), 0) as collected
        from best t
        join base o on o.member_id = t.stands_for and o.tier_set = t.tier_set
        join loyalty.member_tier mt on mt.member_id = t.stands_for and mt.tier_set = t.tier_set
    ), changed as (
        insert into loyalty.tier_change (programme_id, member_id, customer_id, tier_set, tier_before, tier_after,
            collected, reason, occurred_at, booked_at)
        select programme_id, member_id, customer_id, tier_set, tier_before, tier, collected,
            case when tier > tier_before then 'merge' else 'split' end, p_at, p_at
        from placed where tier <> tier_before order by member_id
        returning programme_id, customer_id, tier_set, tier_before, tier_after, id
    ), told as (
        select log.append(
            'regulars.loyalty.tier_changed/' || p.key || '/' || c.tier_set || '/' || c.customer_id || '/' || c.tier_after
                || '/profile-' || c.id,
            'regulars.loyalty.tier_changed', c.customer_id, p_at,
            jsonb_build_object('programme', p.key, 'tier_set', c.tier_set, 'tier_before', c.tier_before,
                'tier_after', c.tier_after, 'direction', case when c.tier_after > c.tier_before then 'up' else 'down' end),
            0, 1, true)
        from changed c join loyalty.programme p on p.id = c.programme_id
    )
    update loyalty.member_tier mt set tier = l.tier, since = l.since, valid_until = l.valid_until,
        own_tier = case when l.lent then l.own_tier end,
        own_since = case when l.lent then l.own_since end,
        own_valid_until = case when l.lent then l.own_valid_until end
    from placed l
    where mt.member_id = l.member_id and mt.tier_set = l.tier_set and (select count(*) from told) >= 0
$$;

create or replace view loyalty.fact_member as
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
left join loyalty.member_tier mt on mt.member_id = m.id
where m.closed_at is null;

-- Every transfer with its programme and currency, for analysis; the person is who its profile belongs to now.
create or replace view loyalty.fact_transfer as
select t.id as transfer_id, coalesce(w.person_id, t.customer_id) as customer_id, p.key as programme,
    c.code as currency, t.kind, t.amount, t.booked_at, t.occurred_at, t.reverses, t.order_id, t.rule, t.version, t.reason,
    t.customer_id as atom_id
from loyalty.transfer t
join loyalty.programme p on p.id = t.programme_id
join loyalty.currency c on c.id = t.currency_id
left join customers.fact_person w on w.customer_id = t.customer_id;

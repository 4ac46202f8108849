-- Why: reversing an award took points for what had expired, and reversing a spending gave back points whose award
--      had been reversed in the meantime.
-- How long on 10M rows: replaces functions only; instant at any size.
-- Undo: drop function loyalty.withhold; create loyalty.post_reversal again as in 0009_loyalty.sql.

-- Takes out of the lots that a spending's reversal has just filled what their awards' reversals still lack; gives how
-- much. Withheld before is what reversals of spendings took out of a lot.
create function loyalty.withhold(p_spending bigint, p_reversal bigint, p_customer bigint, p_at timestamptz)
returns bigint language plpgsql as $$
declare total bigint;
begin
    with returned as (
        select v.lot_id, -sum(v.amount) as amount from loyalty.lot_move v
        where v.transfer_id = p_spending group by v.lot_id
    ), lacking as (
        select r.lot_id, r.amount, back.lacks - (
            select coalesce(-sum(v.amount), 0) from loyalty.lot_move v
            join loyalty.transfer x on x.id = v.transfer_id
            left join loyalty.transfer undone on undone.id = x.reverses
            where v.lot_id = r.lot_id and v.amount < 0
                and (x.kind = 'expire' or x.kind = 'reversal' and undone.kind in ('spend', 'adjust')
                    and undone.id <> l.transfer_id)
        ) as lacks
        from returned r
        join loyalty.lot l on l.id = r.lot_id
        join loyalty.transfer award on award.id = l.transfer_id
        cross join lateral (
            select award.amount - b.amount as lacks from loyalty.transfer b where b.reverses = award.id
        ) back
    ), taken as (
        select lot_id, least(amount, lacks)::bigint as amount from lacking where lacks > 0
    ), moved as (
        insert into loyalty.lot_move (lot_id, transfer_id, customer_id, amount, booked_at)
        select lot_id, p_reversal, p_customer, -amount, p_at from taken order by lot_id
    ), emptied as (
        update loyalty.lot l set remaining = l.remaining - t.amount from taken t where l.id = t.lot_id
    )
    select coalesce(sum(amount), 0)::bigint into total from taken;
    return total;
end $$;

-- Reverses a whole transfer. What was taken goes back into the lots it came from. What was awarded is taken
-- from its own lot, then (within_balance, unlimited) from the others, then (unlimited) becomes a debt. What of it
-- expired is gone already and is not taken again. What an award's reversal could not take, since it was spent, is
-- taken when that spending is reversed: else buying, spending and returning both would leave points for nothing.
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
    back bigint := 0; -- returned to lots
    own_part bigint := 0; -- taken out of the award's own lot
    other_part bigint := 0;
    debt_part bigint := 0;
    expired_part bigint := 0;
    withheld bigint := 0;
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
        select coalesce(-sum(v.amount), 0) into expired_part
        from loyalty.lot_move v join loyalty.transfer x on x.id = v.transfer_id and x.kind = 'expire'
        where v.lot_id = own.id;
        own_part := case when own.pending or p_policy <> 'only_pending' then own.remaining else 0 end;
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
    select coalesce(sum(remaining), 0) into available from loyalty.spendable(m.id, t.currency_id, booked);
end $$;

-- Why: what an order earned line by line, caps and budgets net of returns, carried remainders, and awards for lines that
--      are added to an order later.
-- On 10M rows: one index over loyalty.transfer is built anew, about 20 s; the rest is instant.
-- Undo: only while no transfer has a part above 0: drop what is made here, and create loyalty.price_span and
--       loyalty.accrue again as in 0026.

alter table loyalty.transfer
add column origin text collate "C", -- of an award of a rule: sale, gift or partner; null: no award, or a sale of before
add column partner text collate "C",
add column part int not null default 0; -- of an award: how many the same rule gave the order before

-- An order earns by a rule once, and again for lines that are added later. An event earns once.
drop index loyalty.transfer_once_an_order;
create unique index transfer_once_an_order on loyalty.transfer (order_id, programme_id, rule, part) where kind = 'earn';
create unique index transfer_once_an_event on loyalty.transfer (position, programme_id, rule)
where kind = 'earn' and order_id is null;

-- What an award consists of, a place of the arrays a line of its order. It never changes but for what stands.
create table loyalty.award (
    transfer_id bigint primary key,
    line_keys text[] not null, -- '' of an order without lines, and of an event
    minors bigint[] not null, -- the money of the line when it earned
    figures bigint[], -- what was counted, of anything but money in thousandths; null: its money
    factors int[], -- in whole per cent; null: 100 each
    points bigint[], -- null: handed out by largest remainder of minor * rate / rate_of
    rate bigint,
    rate_of bigint,
    cuts jsonb, -- what caps and the budget took: [{"by", "n", "points"}]; n is the place of the cap
    restores bigint, -- the award of which it gives again what a return took; it has no lines of its own
    stands bigint, -- what returns leave of it; null: all
    standing bigint[] -- the same by line
) with (fillfactor = 90);

-- The points of an award's lines where they are not kept: each line its floor, and one more by largest remainder.
create function loyalty.handed_out(p_minors bigint[], p_rate bigint, p_rate_of bigint, p_points bigint)
returns bigint[] language sql immutable as $$
    select array_agg((f.whole + case when f.turn <= p_points - f.wholes then 1 else 0 end)::bigint order by f.line)
    from (
        select l.line, div(l.minor::numeric * p_rate, p_rate_of) as whole,
            row_number() over (order by mod(l.minor::numeric * p_rate, p_rate_of) desc, l.line) as turn,
            sum(div(l.minor::numeric * p_rate, p_rate_of)) over () as wholes
        from unnest(p_minors) with ordinality as l (minor, line)
    ) f
$$;

create view loyalty.award_line as
select
    a.transfer_id, l.line::int as line, l.line_key, l.minor, coalesce(l.figure, greatest(l.minor, 0)) as figure,
    coalesce(l.factor, 100) as factor, l.points, coalesce(l.standing, l.points) as standing
from loyalty.award a
cross join lateral (
    select coalesce(a.points, loyalty.handed_out(a.minors, a.rate, a.rate_of, t.amount)) as points
    from loyalty.transfer t where t.id = a.transfer_id
) p
cross join lateral unnest(a.line_keys, a.minors, a.figures, a.factors, p.points, a.standing)
    with ordinality as l (line_key, minor, figure, factor, points, standing, line);

-- What rounding down left of a customer's last order, as an exact fraction of a point.
create table loyalty.carry (
    programme_id int not null,
    rule text collate "C" not null,
    customer_id bigint not null,
    numerator numeric not null,
    denominator numeric not null,
    position bigint not null, -- of the last order that counted, so that none counts twice
    primary key (programme_id, rule, customer_id)
);

-- What a rule with a budget gave to everybody, net of returns.
create table loyalty.given (
    programme_id int not null,
    rule text collate "C" not null,
    points bigint not null,
    primary key (programme_id, rule)
);

drop function loyalty.accrue;
drop function loyalty.price_span;

create type loyalty.earned as (
    customer_id bigint, atom_id bigint, order_id bigint, position bigint, occurred_at timestamptz,
    booked_at timestamptz, points bigint, active_from timestamptz, expires_at timestamptz, line_keys text[],
    minors bigint[], figures bigint[], factors int[], line_points bigint[], cuts jsonb, part int, rate bigint, rate_of bigint
);

-- Posts what orders or events earn by a rule: joins members (p_joined_by; null: nobody joins), locks them in order, then
-- writes transfers, entries, lots and awards in sets. What an order earned bears the profile that ordered, and stands
-- with the member of its person. What earned meanwhile is passed over, and so is who is no member.
create function loyalty.post_earned(
    p_programme int, p_currency int, p_rule text, p_version int, p_terms text, p_joined_by text, p_tier_set text,
    p_origin text, p_partner text, p_earned loyalty.earned[], out posted bigint[], out orders int, out points bigint, out joined int
) language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
    code text;
    in_debt bigint;
    closed timestamptz; -- nothing is booked before it
begin
    select p.closed_until into closed from loyalty.programme p where p.id = p_programme;
    select c.code into code from loyalty.currency c where c.id = p_currency;
    with newcomer as (
        select distinct on (s.customer_id) s.customer_id, s.occurred_at, s.booked_at
        from unnest(p_earned) s
        where p_joined_by is not null and not exists (select from loyalty.member m
            where m.programme_id = p_programme and m.customer_id = s.customer_id and m.closed_at is null)
        order by s.customer_id, s.position
    )
    select loyalty.join_members(p_programme, array_agg(customer_id), array_agg(occurred_at),
        array_agg(booked_at), p_terms, p_joined_by, p_tier_set) into joined
    from newcomer having count(*) > 0;
    joined := coalesce(joined, 0);

    perform from loyalty.member m
    where m.programme_id = p_programme and m.customer_id in (select s.customer_id from unnest(p_earned) s)
    order by m.id for update;

    with placed as (
        select s.*, m.id as member_id, a.id as account_id, a.balance, i.id as issued_id,
            b.booked, s.active_from > b.booked as waits
        from unnest(p_earned) s
        join loyalty.member m on m.programme_id = p_programme and m.customer_id = s.customer_id and m.closed_at is null
        cross join lateral (select greatest(s.booked_at, m.booked_at, closed) as booked) b
        join loyalty.account a on a.member_id = m.id and a.currency_id = p_currency
            and a.kind = case when s.active_from > b.booked then 'pending' else 'active' end
        join loyalty.account i on i.member_id is null and i.programme_id = p_programme
            and i.currency_id = p_currency and i.kind = 'issued'
        -- LIMIT keeps this a look-up an order: an anti join over tables not analysed yet reads all of the index.
        left join lateral (
            select t.part + 1 as part from loyalty.transfer t
            where s.order_id is not null and t.order_id = s.order_id and t.programme_id = p_programme
                and t.rule = p_rule and t.kind = 'earn'
            order by t.part desc limit 1
        ) before on true
        left join lateral (
            select true as earned from loyalty.transfer t
            where s.order_id is null and t.order_id is null and t.position = s.position
                and t.programme_id = p_programme and t.rule = p_rule and t.kind = 'earn'
            limit 1
        ) told on true
        where coalesce(before.part, 0) = s.part and told.earned is null
        order by s.position
    ), ordered as materialized (
        select nextval('loyalty.transfer_id_seq') as transfer_id, p.* from placed p
    ), numbered as materialized (
        -- One member's postings never run backwards, also inside a batch that brings a late order.
        select o.*,
            max(o.booked) over (partition by o.member_id order by o.transfer_id) as booked_then,
            o.balance + sum(o.points) over (partition by o.account_id order by o.transfer_id) as balance_after
        from ordered o
    ), transferred as (
        insert into loyalty.transfer (id, programme_id, currency_id, member_id, customer_id, kind, amount, collected,
            booked_at, occurred_at, order_id, position, rule, version, origin, partner, part) overriding system value
        select n.transfer_id, p_programme, p_currency, n.member_id, n.atom_id, 'earn', n.points, n.points,
            n.booked_then, n.occurred_at, n.order_id, n.position, p_rule, p_version, p_origin, p_partner, n.part
        from numbered n order by n.transfer_id
    ), lotted as (
        insert into loyalty.lot (programme_id, currency_id, member_id, customer_id, transfer_id, earned_at,
            active_from, expires_at, amount, remaining, pending)
        select p_programme, p_currency, n.member_id, n.atom_id, n.transfer_id, n.occurred_at,
            n.active_from, n.expires_at, n.points, n.points, n.waits
        from numbered n order by n.transfer_id
    ), entered as (
        insert into loyalty.entry (transfer_id, account_id, customer_id, amount, balance_after, booked_at)
        select n.transfer_id, e.account_id, n.atom_id, e.amount, e.balance_after, n.booked_then
        from numbered n
        cross join lateral (values (n.issued_id, -n.points, null::bigint), (n.account_id, n.points, n.balance_after))
            as e (account_id, amount, balance_after)
        order by n.transfer_id, e.amount
    ), kept as (
        insert into loyalty.award (transfer_id, line_keys, minors, figures, factors, points, cuts, rate, rate_of)
        select n.transfer_id, n.line_keys, n.minors, n.figures, n.factors, n.line_points, n.cuts,
            n.rate, n.rate_of
        from numbered n order by n.transfer_id
    ), summed as (
        update loyalty.account a set balance = a.balance + s.points
        from (select account_id, sum(n.points)::bigint as points from numbered n group by account_id) s
        where a.id = s.account_id
    ), stamped as (
        update loyalty.member m set booked_at = s.booked
        from (select n.member_id, max(n.booked_then) as booked from numbered n group by n.member_id) s
        where m.id = s.member_id and m.booked_at < s.booked
    ), spent as (
        update loyalty.given g set points = g.points + s.points
        from (select coalesce(sum(n.points), 0)::bigint as points from numbered n) s
        where g.programme_id = p_programme and g.rule = p_rule
    )
    select array_agg(n.transfer_id order by n.transfer_id), count(*)::int, coalesce(sum(n.points), 0)::bigint
    into posted, orders, points from numbered n;
    if posted is null then
        posted := '{}';
        return;
    end if;

    perform log.append(
        'regulars.loyalty.points_earned/' || p.key || '/' || p_rule || '/' || case
            when t.order_id is null then 'event-' || t.position
            else t.order_id || case when t.part > 0 then '/' || t.part else '' end end,
        'regulars.loyalty.points_earned', t.customer_id, t.occurred_at,
        jsonb_build_object('programme', p.key, 'points', t.amount, 'currency', code, 'transfer', t.id,
            'rule', p_rule, 'pending', l.pending, 'expires_at', l.expires_at), 1)
    from unnest(posted) as own (id)
    join loyalty.transfer t on t.id = own.id
    join loyalty.lot l on l.transfer_id = t.id
    join loyalty.programme p on p.id = p_programme;

    for in_debt in
        select a.member_id from loyalty.account a
        where a.kind = 'debt' and a.currency_id = p_currency and a.balance < 0
            and a.member_id in (select t.member_id from loyalty.transfer t where t.id = any (posted))
        order by a.member_id
    loop
        perform loyalty.repay(p_programme, p_currency, in_debt,
            (select m.booked_at from loyalty.member m where m.id = in_debt));
    end loop;
end $$;

-- By what a line is multiplied: one of 'best', 'multiply' (rounded half up to whole per cent after each) and 'add'.
create function loyalty.combined(p_factors int[], p_how text) returns int language plpgsql immutable as $$
declare
    product bigint := 100;
    factor int;
begin
    if p_how = 'best' then
        return coalesce((select max(f) from unnest(p_factors) as f), 100);
    elsif p_how = 'add' then
        return greatest(0, 100 + coalesce((select sum(f - 100) from unnest(p_factors) as f), 0));
    end if;
    foreach factor in array p_factors loop
        product := (2 * product * factor + 100) / 200;
    end loop;
    return product;
end $$;

-- A fraction above zero as a whole number.
create function loyalty.rounded(p_numerator numeric, p_denominator numeric, p_rounding text)
returns bigint language sql immutable as $$
    select (case
        when p_rounding = 'floor' then div(p_numerator, p_denominator)
        when p_rounding = 'ceiling' then div(p_numerator + p_denominator - 1, p_denominator)
        when p_rounding = 'half_up' then div(2 * p_numerator + p_denominator, 2 * p_denominator)
        when 2 * mod(p_numerator, p_denominator) > p_denominator
            or (2 * mod(p_numerator, p_denominator) = p_denominator
                and mod(div(p_numerator, p_denominator), 2) = 1) then div(p_numerator, p_denominator) + 1
        else div(p_numerator, p_denominator) end)::bigint
$$;

-- Why: several tier sets a programme, each with what it counts and its spans; points that end when nobody stirs; points
--      that a household shares; what was told of points about to end; what falls due with time.
-- On 10M rows: an index over the tier changes, seconds; the tier sets of the programmes there are are written down.
-- Undo: only while no programme has a second tier set: drop what is made here, and create the functions again as in 0026.

-- The tier sets of a programme's newest version, as the ledger reads them; numbers of tiers are places in `names`.
create table loyalty.tier_set (
    programme_id int not null references loyalty.programme,
    key text collate "C" not null,
    turn int not null, -- 1: the one that members are shown first
    names text[] not null,
    thresholds bigint[] not null,
    counts text collate "C" not null
    check (counts in ('collected', 'spend', 'orders', 'events', 'balance', 'invitation')),
    currency_id int, -- of what is collected or held
    money text collate "C" not null,
    event text collate "C" not null,
    span text collate "C" not null check (span in ('rolling', 'calendar', 'joined', 'tier', 'trait')),
    span_days int not null check (span_days > 0),
    span_months int not null check (span_months > 0),
    span_trait text collate "C" not null,
    valid_days int not null,
    valid_spans int not null,
    downgrade text collate "C" not null check (downgrade in ('none', 'one_step', 'to_figures')),
    at_once boolean not null,
    grace_days int not null,
    notice_days int not null,
    returns_demote boolean not null,
    zone text collate "C" not null,
    retired boolean not null default false, -- no longer in the newest version: nobody moves any more
    primary key (programme_id, key)
);

insert into loyalty.tier_set
select p.id, s.body ->> 'key', s.turn,
    array(select t.body ->> 'name' from jsonb_array_elements(s.body -> 'tiers') with ordinality t (body, n) order by t.n),
    array(select (t.body ->> 'threshold')::bigint
        from jsonb_array_elements(s.body -> 'tiers') with ordinality t (body, n) order by t.n),
    coalesce(s.body ->> 'counts', 'collected'),
    (select c.id from loyalty.currency c where c.programme_id = p.id and c.code = coalesce(s.body ->> 'currency', 'points')),
    coalesce(s.body ->> 'money', ''), coalesce(s.body ->> 'event', ''), coalesce(s.body ->> 'window', 'rolling'),
    coalesce((s.body ->> 'window_days')::int, 365), coalesce((s.body ->> 'window_months')::int, 12),
    coalesce(s.body ->> 'window_trait', ''), coalesce((s.body ->> 'valid_days')::int, 365),
    coalesce((s.body ->> 'valid_windows')::int, 1), coalesce(s.body ->> 'downgrade', 'one_step'),
    coalesce(s.body ->> 'takes_effect', 'at_once') = 'at_once', coalesce((s.body ->> 'grace_days')::int, 0),
    coalesce((s.body ->> 'notice_days')::int, 0), coalesce((s.body ->> 'returns_demote')::boolean, false), p.zone
from loyalty.programme p
cross join lateral (
    select v.body from loyalty.programme_version v where v.programme_id = p.id order by v.version desc limit 1
) v
cross join lateral (
    select x.body, x.turn from jsonb_array_elements(
        case when v.body -> 'tier_set' is null or v.body -> 'tier_set' = 'null' then '[]'::jsonb
            else jsonb_build_array(v.body -> 'tier_set') end || coalesce(v.body -> 'more_tier_sets', '[]')
    ) with ordinality x (body, turn)
) s
on conflict do nothing;

alter table loyalty.member_tier
add column kept_tier int, -- reviews never go below: set by hand
add column own_kept_tier int,
add column next_tier int, -- reached, in force from next_from on
add column next_from timestamptz,
add column noticed_for timestamptz; -- the end that was told before it came
create index member_tier_starting on loyalty.member_tier (programme_id, tier_set, next_from) where next_from is not null;
create index tier_change_history on loyalty.tier_change (member_id, tier_set, occurred_at);

-- The first instant of a local day; of a midnight that comes twice, the first.
create function loyalty.day_start(p_day date, p_zone text) returns timestamptz language sql immutable as $$
    select case
        when ((p_day::timestamp at time zone p_zone) - interval '1 hour') at time zone p_zone >= p_day::timestamp
            then (p_day::timestamp at time zone p_zone) - interval '1 hour'
        else p_day::timestamp at time zone p_zone
    end
$$;

-- So many local days on or back, at the same wall time.
create function loyalty.days_on(p_at timestamptz, p_days int, p_zone text) returns timestamptz language sql immutable as $$
    select (p_at at time zone p_zone + make_interval(days => p_days)) at time zone p_zone
$$;

-- The calendar day that the text of a trait names, or null; 29 February of a year without one is the 28th.
create function loyalty.day_of(p_told text) returns date language sql immutable as $$
    select case
        when p_told ~ '^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' then
            (make_date(substr(p_told, 1, 4)::int, substr(p_told, 6, 2)::int, 1)
                + least(substr(p_told, 9, 2)::int, extract(day from
                    make_date(substr(p_told, 1, 4)::int, substr(p_told, 6, 2)::int, 1) + interval '1 month - 1 day')::int) - 1)
    end
$$;

-- The span of whole months, counted from a day (calendar: from January), that holds an instant; `p_further` spans more
-- are added to its end. A span of a month from the 31st ends on the last day of a shorter month.
create function loyalty.span_of(
    p_months int, p_zone text, p_anchor date, p_at timestamptz, p_further int,
    out starts timestamptz, out ends timestamptz
) language plpgsql immutable as $$
declare
    d date := (p_at at time zone p_zone)::date;
    k int := floor(((extract(year from d) - extract(year from p_anchor)) * 12
        + extract(month from d) - extract(month from p_anchor)) / p_months);
begin
    if p_anchor + make_interval(months => k * p_months) > d then
        k := k - 1;
    end if;
    starts := loyalty.day_start((p_anchor + make_interval(months => k * p_months))::date, p_zone);
    ends := loyalty.day_start((p_anchor + make_interval(months => (k + 1 + p_further) * p_months))::date, p_zone);
end $$;

-- What a tier set's spans are counted from, of one member.
create function loyalty.span_anchor(s loyalty.tier_set, p_person bigint, p_joined timestamptz, p_since timestamptz)
returns date language sql stable as $$
    select case s.span
        when 'joined' then (p_joined at time zone s.zone)::date
        when 'tier' then (coalesce(p_since, p_joined) at time zone s.zone)::date
        when 'trait' then coalesce(
            (select loyalty.day_of(f.traits ->> s.span_trait) from customers.fact_customer f where f.customer_id = p_person),
            (p_joined at time zone s.zone)::date)
        else date '2000-01-01'
    end
$$;

-- The instant after which the figure of a tier set counts, as of an instant.
create function loyalty.counted_after(s loyalty.tier_set, p_anchor date, p_at timestamptz)
returns timestamptz language sql stable as $$
    select case
        when s.span = 'rolling' then loyalty.days_on(p_at, -s.span_days, s.zone)
        else (loyalty.span_of(s.span_months, s.zone, p_anchor, p_at, 0)).starts - interval '1 microsecond'
    end
$$;

-- Until when a tier reached at an instant is safe. From the start of a span on it lasts that span at least.
create function loyalty.safe_until(s loyalty.tier_set, p_anchor date, p_at timestamptz, p_from_start boolean)
returns timestamptz language sql stable as $$
    select case
        when s.span = 'rolling' then loyalty.days_on(p_at, s.valid_days, s.zone)
        else (loyalty.span_of(s.span_months, s.zone, p_anchor, p_at,
            case when p_from_start then greatest(s.valid_spans, 1) - 1 else s.valid_spans end)).ends
    end
$$;

-- What a tier set counts of one member after one instant up to another, as it is known now. An order counts at what is
-- left of it, from joining on; a balance is the one booked by then.
create function loyalty.tier_figure(
    s loyalty.tier_set, p_member bigint, p_person bigint, p_joined timestamptz, p_after timestamptz, p_until timestamptz
) returns bigint language plpgsql stable as $$
begin
    return case s.counts
        when 'collected' then loyalty.collected(p_person, s.currency_id, p_after, p_until)
        when 'balance' then coalesce((
            select e.balance_after from loyalty.account a
            join loyalty.entry e on e.account_id = a.id
            where a.member_id = p_member and a.currency_id = s.currency_id and a.kind = 'active' and e.booked_at <= p_until
            order by e.booked_at desc, e.id desc limit 1), 0)
        when 'spend' then (
            select coalesce(sum(o.net_minor), 0)::bigint from orders.fact_order o
            where o.customer_id = p_person and not o.history and o.currency = s.money
                and o.occurred_at > greatest(p_after, p_joined - interval '1 microsecond') and o.occurred_at <= p_until)
        when 'orders' then (
            select count(*) from orders.fact_order o
            where o.customer_id = p_person and not o.history and o.status <> 'cancelled'
                and (o.net_minor > 0 or o.refunded_minor = 0)
                and o.occurred_at > greatest(p_after, p_joined - interval '1 microsecond') and o.occurred_at <= p_until)
        when 'events' then (
            select count(*) from log.fact_event e
            where e.customer_id = any (
                    array(select a.customer_id from customers.fact_person a where a.person_id = p_person) || p_person)
                and e.name = s.event and e.type = 'track' and not e.history
                and e.occurred_at > greatest(p_after, p_joined - interval '1 microsecond') and e.occurred_at <= p_until)
        else 0
    end;
end $$;

-- The tier of a member just before what occurred at an instant: what was reached by then counts, and a review at that
-- very instant. 1 where nothing is known.
create function loyalty.tier_at(p_member bigint, p_set text, p_at timestamptz) returns int language plpgsql stable as $$
declare
    mt loyalty.member_tier;
    base loyalty.tier_change;
    reached int;
begin
    select * into mt from loyalty.member_tier t where t.member_id = p_member and t.tier_set = p_set;
    if not found then
        return 1;
    elsif mt.next_from <= p_at then
        return greatest(mt.tier, mt.next_tier);
    elsif mt.since < p_at and mt.own_tier is null then
        return mt.tier;
    end if;
    select * into base from loyalty.tier_change c
    where c.member_id = p_member and c.tier_set = p_set and c.occurred_at <= p_at and c.reason <> 'collected'
    order by c.occurred_at desc, c.id desc limit 1;
    select max(c.tier_after) into reached from loyalty.tier_change c
    where c.member_id = p_member and c.tier_set = p_set and c.reason = 'collected' and c.occurred_at < p_at
        and (base.id is null or c.occurred_at >= base.occurred_at);
    if base.id is not null or reached is not null then
        return greatest(base.tier_after, reached);
    end if;
    return coalesce((
        select c.tier_before from loyalty.tier_change c
        where c.member_id = p_member and c.tier_set = p_set order by c.occurred_at, c.id limit 1
    ), mt.tier);
end $$;

-- Puts in force the tiers that were reached for the span that has begun by now; of some members, or of all.
create function loyalty.start_tiers(s loyalty.tier_set, p_members bigint[], p_at timestamptz) returns int
language plpgsql set plan_cache_mode = force_custom_plan as $$
declare started int;
begin
    if s.at_once then
        return 0;
    end if;
    perform from loyalty.member m where m.id in (
        select mt.member_id from loyalty.member_tier mt
        where mt.programme_id = s.programme_id and mt.tier_set = s.key and mt.next_from <= p_at
            and (p_members is null or mt.member_id = any (p_members)))
    order by m.id for update;
    with due as materialized (
        select mt.*, m.customer_id as person_id, m.joined_at from loyalty.member_tier mt
        join loyalty.member m on m.id = mt.member_id
        where mt.programme_id = s.programme_id and mt.tier_set = s.key and mt.next_from <= p_at
            and (p_members is null or mt.member_id = any (p_members))
    ), placed as (
        update loyalty.member_tier mt set tier = greatest(d.tier, d.next_tier), since = d.next_from,
            valid_until = loyalty.safe_until(s,
                loyalty.span_anchor(s, d.person_id, d.joined_at, d.next_from), d.next_from, true),
            next_tier = null, next_from = null, own_tier = null, own_since = null, own_valid_until = null
        from due d where mt.member_id = d.member_id and mt.tier_set = s.key
    ), changed as (
        insert into loyalty.tier_change (programme_id, member_id, customer_id, tier_set, tier_before, tier_after,
            collected, reason, occurred_at, booked_at)
        select s.programme_id, d.member_id, d.person_id, s.key, d.tier, d.next_tier,
            s.thresholds[d.next_tier], 'started', d.next_from, p_at
        from due d where d.next_tier > d.tier order by d.member_id
        returning id, customer_id, tier_before, tier_after, occurred_at
    ), told as (
        select loyalty.tell_tier(s.programme_id, s.key, c.customer_id, c.tier_before, c.tier_after, c.occurred_at, c.id)
        from changed c
    )
    select count(*)::int into started from told;
    return started;
end $$;

-- Lifts members in one set by what they did: transfers, orders or positions of events, whichever the set counts, each with
-- all that was known before it. An order that comes late counts at its own moment, and at the latest known one.
create function loyalty.climb_set(s loyalty.tier_set, p_done bigint[]) returns int
language plpgsql set plan_cache_mode = force_custom_plan as $$
declare climbed int;
begin
    with moment as materialized (
        select t.id as ref, t.member_id, m.customer_id as person_id, m.joined_at, t.occurred_at, t.booked_at
        from unnest(p_done) as own (id)
        join loyalty.transfer t on t.id = own.id and t.currency_id = s.currency_id
        join loyalty.member m on m.id = t.member_id and m.programme_id = s.programme_id
        where s.counts in ('collected', 'balance') and (t.collected > 0 or s.counts = 'balance')
        union all
        select o.position, m.id, m.customer_id, m.joined_at, o.occurred_at, greatest(o.booked_at, m.booked_at)
        from unnest(p_done) as own (id)
        join orders.fact_order o on o.order_id = own.id and not o.history
        join loyalty.member m on m.programme_id = s.programme_id and m.customer_id = o.customer_id and m.closed_at is null
        where s.counts in ('orders', 'spend')
        union all
        select e.position, m.id, m.customer_id, m.joined_at, e.occurred_at, greatest(e.booked_at, m.booked_at)
        from unnest(p_done) as own (id)
        join log.fact_event e on e.position = own.id and e.name = s.event and not e.history
        join customers.fact_person p on p.customer_id = e.customer_id
        join loyalty.member m on m.programme_id = s.programme_id and m.customer_id = p.person_id and m.closed_at is null
        where s.counts = 'events'
    ), placed as materialized (
        select q.*, mt.since, greatest(mt.tier, mt.next_tier) as tier_start, mt.tier as tier_now,
            array(select a.customer_id from customers.fact_person a where a.person_id = q.person_id)
                || q.person_id as profiles,
            loyalty.span_anchor(s, q.person_id, q.joined_at, mt.since) as anchor
        from moment q
        join loyalty.member_tier mt on mt.member_id = q.member_id and mt.tier_set = s.key
        where greatest(mt.tier, mt.next_tier) < cardinality(s.thresholds)
    ), seen as (
        select p.*, p.occurred_at as at from placed p
        union all
        select p.*, l.at from placed p
        cross join lateral (
            select max(c.occurred_at) as at from loyalty.transfer c
            where s.counts = 'collected' and c.customer_id = any (p.profiles) and c.collected <> 0
                and c.currency_id = s.currency_id and c.occurred_at > p.occurred_at and c.id < p.ref
            union all
            select max(o.occurred_at) from orders.fact_order o
            where s.counts in ('orders', 'spend') and o.customer_id = p.person_id and not o.history
                and o.occurred_at > p.occurred_at and o.position < p.ref
            union all
            select max(e.occurred_at) from log.fact_event e
            where s.counts = 'events' and e.customer_id = any (p.profiles) and e.name = s.event
                and e.occurred_at > p.occurred_at and e.position < p.ref
        ) l
        where l.at is not null
    ), spanned as (
        select n.*, loyalty.counted_after(s, n.anchor, n.at) as after from seen n
    ), figure as materialized (
        select f.*, case s.counts
            when 'collected' then (
                select sum(c.collected) from loyalty.transfer c
                where c.customer_id = any (f.profiles) and c.collected <> 0 and c.currency_id = s.currency_id
                    and c.occurred_at > f.after and c.occurred_at <= f.at and c.id <= f.ref)
            when 'balance' then (
                select e.balance_after from loyalty.account a
                join loyalty.entry e on e.account_id = a.id
                where e.transfer_id = f.ref and a.member_id = f.member_id and a.kind = 'active' limit 1)
            when 'spend' then (
                select sum(o.net_minor) from orders.fact_order o
                where o.customer_id = f.person_id and not o.history and o.currency = s.money and o.position <= f.ref
                    and o.occurred_at > greatest(f.after, f.joined_at - interval '1 microsecond') and o.occurred_at <= f.at)
            when 'orders' then (
                select count(*) from orders.fact_order o
                where o.customer_id = f.person_id and not o.history and o.status <> 'cancelled' and o.position <= f.ref
                    and (o.net_minor > 0 or o.refunded_minor = 0)
                    and o.occurred_at > greatest(f.after, f.joined_at - interval '1 microsecond') and o.occurred_at <= f.at)
            else (
                select count(*) from log.fact_event e
                where e.customer_id = any (f.profiles) and e.name = s.event and e.type = 'track' and not e.history
                    and e.position <= f.ref
                    and e.occurred_at > greatest(f.after, f.joined_at - interval '1 microsecond') and e.occurred_at <= f.at)
            end::bigint as counted
        from spanned f
    ), reached as (
        select f.*, greatest(f.tier_start, max(width_bucket(coalesce(f.counted, 0), s.thresholds))
            over (partition by f.member_id order by f.ref, f.at)) as tier
        from figure f
    ), step as (
        select r.*, lag(r.tier, 1, r.tier_start) over (partition by r.member_id order by r.ref, r.at) as tier_before
        from reached r
    ), latest as (
        select distinct on (member_id) * from step where tier > tier_before order by member_id, ref desc, at desc
    ), lifted as (
        update loyalty.member_tier mt set tier = l.tier, since = l.at,
            valid_until = loyalty.safe_until(s, case when s.span = 'tier' then (l.at at time zone s.zone)::date else l.anchor end,
                l.at, s.span = 'tier'),
            own_tier = null, own_since = null, own_valid_until = null, own_kept_tier = null
        from latest l where s.at_once and mt.member_id = l.member_id and mt.tier_set = s.key
    ), waiting as (
        update loyalty.member_tier mt set next_tier = l.tier, next_from = case
                when s.span = 'rolling' then (loyalty.span_of(1, s.zone, date '2000-01-01', l.at, 0)).ends
                else (loyalty.span_of(s.span_months, s.zone, l.anchor, l.at, 0)).ends end
        from latest l where not s.at_once and mt.member_id = l.member_id and mt.tier_set = s.key
    ), changed as (
        -- What comes after a review that would have said otherwise holds from that review on.
        insert into loyalty.tier_change (programme_id, member_id, customer_id, tier_set, tier_before, tier_after,
            collected, reason, occurred_at, booked_at)
        select s.programme_id, c.member_id, c.person_id, s.key, c.tier_before, c.tier, c.counted, 'collected',
            greatest(c.at, (
                select max(b.occurred_at) from loyalty.tier_change b
                where b.member_id = c.member_id and b.tier_set = s.key and b.reason not in ('collected', 'merge', 'split'))),
            c.booked_at
        from step c where s.at_once and c.tier > c.tier_before order by c.ref
    ), told as (
        select loyalty.tell_tier(s.programme_id, s.key, c.person_id, c.tier_before, c.tier, c.at, c.ref)
        from step c where s.at_once and c.tier > c.tier_before
    )
    select count(*)::int into climbed from step c
    where c.tier > c.tier_before and (select count(*) from told) >= 0;
    return climbed;
end $$;

-- Lifts members by transfers, orders and positions of events, in every tier set of the programme; again, nobody.
create function loyalty.climb(p_programme int, p_transfers bigint[], p_orders bigint[], p_events bigint[])
returns int language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
    s loyalty.tier_set;
    done bigint[];
    wave bigint[];
    climbed int := 0;
begin
    for s in
        select * from loyalty.tier_set t
        where t.programme_id = p_programme and not t.retired and t.counts <> 'invitation' order by t.turn, t.key
    loop
        done := case when s.counts in ('collected', 'balance') then p_transfers
            when s.counts in ('orders', 'spend') then p_orders else p_events end;
        continue when coalesce(cardinality(done), 0) = 0;
        if s.at_once and s.span <> 'tier' then
            climbed := climbed + loyalty.climb_set(s, done);
        else
            -- What a tier reached counts from on is asked by the next, so that each is taken after the one before.
            for wave in
                select array_agg(w.ref order by w.ref) from (
                    select d.ref, row_number() over (partition by d.who order by d.ref) as turn from (
                        select t.id as ref, t.member_id as who from loyalty.transfer t
                        where s.counts in ('collected', 'balance') and t.id = any (done)
                        union all
                        select o.order_id, o.customer_id from orders.fact_order o
                        where s.counts in ('orders', 'spend') and o.order_id = any (done)
                        union all
                        select e.position, e.customer_id from log.fact_event e
                        where s.counts = 'events' and e.position = any (done)
                    ) d
                ) w group by w.turn order by w.turn
            loop
                if not s.at_once then
                    perform loyalty.start_tiers(s, d.members, d.upto) from (
                        select array_agg(m.id) as members, max(w.occurred_at) as upto from (
                            select t.member_id, null::bigint as customer_id, t.occurred_at from loyalty.transfer t
                            where s.counts in ('collected', 'balance') and t.id = any (wave)
                            union all
                            select null, o.customer_id, o.occurred_at from orders.fact_order o
                            where s.counts in ('orders', 'spend') and o.order_id = any (wave)
                            union all
                            select null, p.person_id, e.occurred_at from log.fact_event e
                            join customers.fact_person p on p.customer_id = e.customer_id
                            where s.counts = 'events' and e.position = any (wave)
                        ) w
                        join loyalty.member m on m.programme_id = p_programme and (m.id = w.member_id or m.customer_id = w.customer_id)
                    ) d where d.members is not null;
                end if;
                climbed := climbed + loyalty.climb_set(s, wave);
            end loop;
        end if;
    end loop;
    return climbed;
end $$;

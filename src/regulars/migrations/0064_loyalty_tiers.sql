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
        where c.member_id = p_member and c.tier_set = p_set order by c.id limit 1
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
            case when s.span in ('rolling', 'calendar') then date '2000-01-01'
                else loyalty.span_anchor(s, q.person_id, q.joined_at, mt.since) end as anchor
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
        select n.*, case when s.span = 'rolling' then (n.at at time zone s.zone - make_interval(days => s.span_days))
                at time zone s.zone
            else loyalty.counted_after(s, n.anchor, n.at) end as after
        from seen n
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

alter table loyalty.member add column if not exists inactive_from timestamptz; -- all ends then, unless it stirs before

-- The first beginning of a local month at an instant or after it.
create function loyalty.month_from(p_at timestamptz, p_zone text) returns timestamptz language sql immutable as $$
    select date_trunc('month', (p_at at time zone p_zone) + interval '1 month' - interval '1 microsecond') at time zone p_zone
$$;

-- One look at everybody whose tier ran out by an instant: figures of the span that ended there, the days of grace
-- included. Renews, or lowers as the set says, never below what was set by hand. Rolling spans are looked at when a local
-- month begins. What it says holds for the profiles merged in, too.
create function loyalty.review_pass(s loyalty.tier_set, p_due timestamptz, p_at timestamptz, out reviewed int, out lowered int)
language plpgsql set plan_cache_mode = force_custom_plan as $$
begin
    perform from loyalty.member m where m.id in (
        select mt.member_id from loyalty.member_tier mt
        where mt.programme_id = s.programme_id and mt.tier_set = s.key and mt.tier > 1 and not mt.closed
            and mt.valid_until <= p_due)
    order by m.id for update;

    with due as materialized (
        select mt.member_id, mt.tier, mt.since, mt.kept_tier, m.customer_id as person_id, m.joined_at,
            case when s.span in ('rolling', 'calendar') then date '2000-01-01'
                else loyalty.span_anchor(s, m.customer_id, m.joined_at, mt.since) end as anchor,
            case when s.span = 'rolling' then loyalty.month_from(mt.valid_until, s.zone) else mt.valid_until end as ended
        from loyalty.member_tier mt
        join loyalty.member m on m.id = mt.member_id
        where mt.programme_id = s.programme_id and mt.tier_set = s.key and mt.tier > 1 and not mt.closed
            and mt.valid_until <= p_due
    ), span as materialized (
        -- Many ran out at one instant: dates are worked out once for all of them.
        select d.ended, d.anchor, loyalty.days_on(d.ended, s.grace_days, s.zone) as cutoff,
            loyalty.counted_after(s, d.anchor, d.ended - e.short) as after, e.short,
            greatest(loyalty.safe_until(s, d.anchor, d.ended, true), case
                when s.span = 'rolling' then loyalty.month_from(d.ended + interval '1 microsecond', s.zone) end) as until
        from (select distinct ended, anchor from due) d
        cross join (select case when s.span = 'rolling' then interval '0' else interval '1 microsecond' end as short) e
    ), spanned as materialized (
        select d.*, n.cutoff, n.after, n.cutoff - n.short as upto, n.until
        from due d join span n on n.ended = d.ended and n.anchor = d.anchor
    ), profile as (
        select n.member_id, n.person_id as customer_id, n.after, n.upto from spanned n where s.counts = 'collected'
        union
        select n.member_id, p.customer_id, n.after, n.upto from spanned n
        join customers.fact_person p on p.person_id = n.person_id where s.counts = 'collected'
    ), collected as (
        select p.member_id, sum(c.collected)::bigint as counted from profile p
        join loyalty.transfer c on c.customer_id = p.customer_id and c.collected <> 0 and c.currency_id = s.currency_id
            and c.occurred_at > p.after and c.occurred_at <= p.upto
        group by p.member_id
    ), figure as materialized (
        select n.*, case when s.counts = 'collected' then coalesce(c.counted, 0)
            else loyalty.tier_figure(s, n.member_id, n.person_id, n.joined_at, n.after, n.upto) end as counted
        from spanned n left join collected c on c.member_id = n.member_id
    ), judged as materialized (
        select f.*, greatest(1, f.kept_tier, case s.downgrade
            when 'none' then f.tier
            when 'one_step' then greatest(f.tier - 1, least(f.tier, width_bucket(f.counted, s.thresholds)))
            else least(f.tier, width_bucket(f.counted, s.thresholds)) end) as tier_after
        from figure f
    ), dated as materialized (
        select j.*, case
            when j.tier_after = 1 then null
            when s.span = 'tier' and j.tier_after < j.tier
                then loyalty.safe_until(s, (j.cutoff at time zone s.zone)::date, j.ended, true)
            else j.until end as valid_until
        from judged j
    ), placed as (
        update loyalty.member_tier mt set tier = j.tier_after,
            since = case when j.tier_after < j.tier then j.cutoff else mt.since end, valid_until = j.valid_until,
            own_tier = null, own_since = null, own_valid_until = null, own_kept_tier = null
        from dated j where mt.member_id = j.member_id and mt.tier_set = s.key
    ), followed as (
        update loyalty.member_tier mt set tier = least(mt.tier, j.tier_after),
            since = case when j.tier_after < mt.tier then j.cutoff else mt.since end,
            valid_until = case when least(mt.tier, j.tier_after) > 1 then j.valid_until end
        from dated j
        join loyalty.member m on m.merged_into = j.member_id
        where mt.member_id = m.id and mt.tier_set = s.key and mt.valid_until <= j.ended
    ), changed as (
        insert into loyalty.tier_change (programme_id, member_id, customer_id, tier_set, tier_before, tier_after,
            collected, reason, occurred_at, booked_at)
        select s.programme_id, member_id, person_id, s.key, tier, tier_after, counted, 'review', cutoff, p_at
        from dated where tier_after < tier order by member_id
        returning id, customer_id, tier_before, tier_after
    ), told as materialized (
        select log.append(
            'regulars.loyalty.tier_changed/' || p.key || '/' || s.key || '/' || c.customer_id || '/' || c.tier_after || '/' || c.id,
            'regulars.loyalty.tier_changed', c.customer_id, p_at,
            jsonb_build_object('programme', p.key, 'tier_set', s.key, 'tier_before', c.tier_before,
                'tier_after', c.tier_after, 'direction', 'down'), 1)
        from changed c join loyalty.programme p on p.id = s.programme_id
    )
    select count(*)::int, (select count(*) from told)::int into reviewed, lowered from dated;
end $$;

-- Reviews a tier set up to an instant, each end that was missed with the figures of its own time.
create function loyalty.review_set(p_programme int, p_set text, p_at timestamptz, out reviewed int, out lowered int)
language plpgsql as $$
declare
    s loyalty.tier_set;
    due timestamptz;
    pass record;
begin
    reviewed := 0;
    lowered := 0;
    select * into s from loyalty.tier_set t where t.programme_id = p_programme and t.key = p_set and not t.retired;
    if not found then
        return;
    end if;
    perform loyalty.start_tiers(s, null, p_at);
    due := loyalty.days_on(p_at, -s.grace_days, s.zone);
    if s.span = 'rolling' then
        due := loyalty.day_start(date_trunc('month', due at time zone s.zone)::date, s.zone);
    end if;
    loop
        select * into pass from loyalty.review_pass(s, due, p_at);
        exit when pass.reviewed = 0;
        reviewed := reviewed + pass.reviewed;
        lowered := lowered + pass.lowered;
    end loop;
end $$;

-- Tells of tiers that end within the notice and would be lowered if nothing more came; each end once.
create function loyalty.tell_ending(p_programme int, p_set text, p_at timestamptz) returns int
language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
    s loyalty.tier_set;
    told int;
begin
    select * into s from loyalty.tier_set t
    where t.programme_id = p_programme and t.key = p_set and not t.retired and t.notice_days > 0 and t.downgrade <> 'none';
    if not found then
        return 0;
    end if;
    with near as materialized (
        select mt.member_id, mt.tier, mt.valid_until, mt.kept_tier, m.customer_id as person_id, m.joined_at,
            loyalty.span_anchor(s, m.customer_id, m.joined_at, mt.since) as anchor,
            case when s.span = 'rolling' then loyalty.month_from(mt.valid_until, s.zone) else mt.valid_until end as ended
        from loyalty.member_tier mt
        join loyalty.member m on m.id = mt.member_id
        where mt.programme_id = s.programme_id and mt.tier_set = s.key and mt.tier > 1 and not mt.closed
            and mt.valid_until <= loyalty.days_on(p_at, s.notice_days - s.grace_days, s.zone)
            and mt.noticed_for is distinct from mt.valid_until and mt.next_from is null
    ), dated as (
        select n.*, loyalty.days_on(n.ended, s.grace_days, s.zone) as ends_at,
            case when s.span = 'rolling' then interval '0' else interval '1 microsecond' end as short
        from near n
    ), figure as materialized (
        select d.*, loyalty.tier_figure(s, d.member_id, d.person_id, d.joined_at,
            loyalty.counted_after(s, d.anchor, d.ended - d.short), p_at) as counted
        from dated d
        where d.ends_at > p_at and loyalty.days_on(d.ends_at, -s.notice_days, s.zone) <= p_at
    ), judged as (
        select f.*, greatest(1, f.kept_tier, case s.downgrade
            when 'one_step' then greatest(f.tier - 1, least(f.tier, width_bucket(f.counted, s.thresholds)))
            else least(f.tier, width_bucket(f.counted, s.thresholds)) end) as tier_after
        from figure f
    ), noted as (
        update loyalty.member_tier mt set noticed_for = j.valid_until
        from judged j where mt.member_id = j.member_id and mt.tier_set = s.key and j.tier_after < j.tier
        returning j.*
    ), said as (
        select log.append(
            'regulars.loyalty.tier_ending/' || p.key || '/' || s.key || '/' || n.person_id || '/'
                || extract(epoch from n.valid_until)::bigint,
            'regulars.loyalty.tier_ending', n.person_id, p_at,
            jsonb_build_object('programme', p.key, 'tier_set', s.key, 'tier', n.tier, 'tier_name', s.names[n.tier],
                'tier_after', n.tier_after, 'tier_after_name', s.names[n.tier_after], 'ends_at', n.ends_at,
                'counted', n.counted, 'missing', s.thresholds[n.tier] - n.counted))
        from noted n join loyalty.programme p on p.id = s.programme_id
    )
    select count(*)::int into told from said;
    return told;
end $$;

-- What members of a tier set would have if the figures of this instant alone decided: who would change, and from what.
create function loyalty.judge(s loyalty.tier_set, p_members bigint[], p_at timestamptz)
returns table (member_id bigint, person_id bigint, anchor date, tier int, tier_after int, counted bigint)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
    return query
    with held as materialized (
        select mt.member_id, m.customer_id as person_id, m.joined_at, mt.tier, mt.kept_tier,
            case when s.span in ('rolling', 'calendar') then date '2000-01-01'
                else loyalty.span_anchor(s, m.customer_id, m.joined_at, mt.since) end as anchor
        from loyalty.member_tier mt
        join loyalty.member m on m.id = mt.member_id
        where mt.programme_id = s.programme_id and mt.tier_set = s.key and not mt.closed and s.counts <> 'invitation'
            and (p_members is null or mt.member_id = any (p_members))
    ), span as materialized (
        select d.anchor, loyalty.counted_after(s, d.anchor, p_at) as after from (select distinct h.anchor from held h) d
    ), profile as (
        select h.member_id, h.person_id as customer_id, n.after from held h join span n using (anchor)
        where s.counts = 'collected'
        union
        select h.member_id, p.customer_id, n.after from held h join span n using (anchor)
        join customers.fact_person p on p.person_id = h.person_id where s.counts = 'collected'
    ), collected as (
        select p.member_id, sum(c.collected)::bigint as counted from profile p
        join loyalty.transfer c on c.customer_id = p.customer_id and c.collected <> 0 and c.currency_id = s.currency_id
            and c.occurred_at > p.after and c.occurred_at <= p_at
        group by p.member_id
    ), figure as materialized (
        select h.*, case when s.counts = 'collected' then coalesce(c.counted, 0)
            else loyalty.tier_figure(s, h.member_id, h.person_id, h.joined_at, n.after, p_at) end as counted
        from held h join span n using (anchor) left join collected c on c.member_id = h.member_id
    )
    select f.member_id, f.person_id, f.anchor, f.tier,
        greatest(1, f.kept_tier, width_bucket(f.counted, s.thresholds)), f.counted
    from figure f;
end $$;

-- Lifts those who qualify by the rules as they are now; with p_lower also lowers those who do not. Gives both numbers.
create function loyalty.qualify(
    p_programme int, p_set text, p_at timestamptz, p_lower boolean, out lifted int, out lowered int
) language plpgsql set plan_cache_mode = force_custom_plan as $$
declare s loyalty.tier_set;
begin
    select * into s from loyalty.tier_set t where t.programme_id = p_programme and t.key = p_set and not t.retired;
    perform from loyalty.member m where m.programme_id = p_programme and m.closed_at is null order by m.id for update;
    with judged as materialized (
        select j.* from loyalty.judge(s, null, p_at) j
        where j.tier_after > j.tier or p_lower and j.tier_after < j.tier
    ), placed as (
        update loyalty.member_tier mt set tier = j.tier_after, since = p_at,
            valid_until = case when j.tier_after > 1 then loyalty.safe_until(s,
                case when s.span = 'tier' then (p_at at time zone s.zone)::date else j.anchor end, p_at, s.span = 'tier') end,
            next_tier = null, next_from = null,
            own_tier = null, own_since = null, own_valid_until = null, own_kept_tier = null
        from judged j where mt.member_id = j.member_id and mt.tier_set = s.key
    ), changed as (
        insert into loyalty.tier_change (programme_id, member_id, customer_id, tier_set, tier_before, tier_after,
            collected, reason, occurred_at, booked_at)
        select s.programme_id, j.member_id, j.person_id, s.key, j.tier, j.tier_after, j.counted, 'rules', p_at, p_at
        from judged j order by j.member_id
        returning id, customer_id, tier_before, tier_after
    ), told as (
        select c.*, loyalty.tell_tier(s.programme_id, s.key, c.customer_id, c.tier_before, c.tier_after, p_at, c.id)
        from changed c
    )
    select count(*) filter (where t.tier_after > t.tier_before)::int, count(*) filter (where t.tier_after < t.tier_before)::int
    into lifted, lowered from told t;
end $$;

-- Takes back tiers that were reached only by what has been returned since, in the sets that say so: nobody falls below
-- what was held before the climb. A tier stays when the figures of any later moment reach it without the return.
create function loyalty.fall(p_programme int, p_members bigint[], p_at timestamptz) returns int
language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
    s loyalty.tier_set;
    fallen int := 0;
    number int;
begin
    for s in
        select * from loyalty.tier_set t
        where t.programme_id = p_programme and not t.retired and t.returns_demote and t.counts <> 'invitation'
        order by t.turn, t.key
    loop
        with held as materialized (
            select mt.member_id, m.customer_id as person_id, m.joined_at, mt.tier, mt.kept_tier, mt.since, b.occurred_at as based_at,
                coalesce(b.tier_after, (
                    select c.tier_before from loyalty.tier_change c
                    where c.member_id = mt.member_id and c.tier_set = s.key order by c.id limit 1
                ), 1) as based
            from loyalty.member_tier mt
            join loyalty.member m on m.id = mt.member_id
            left join lateral (
                select c.* from loyalty.tier_change c
                where c.member_id = mt.member_id and c.tier_set = s.key
                    and c.reason not in ('collected', 'started', 'returned')
                order by c.occurred_at desc, c.id desc limit 1
            ) b on true
            where mt.member_id = any (p_members) and mt.tier_set = s.key and mt.tier > 1 and not mt.closed
        ), climbed as (
            select h.*, (
                select min(c.occurred_at) from loyalty.tier_change c
                where c.member_id = h.member_id and c.tier_set = s.key and c.reason in ('collected', 'started')
                    and (h.based_at is null or c.occurred_at >= h.based_at)) as first_at
            from held h where h.tier > h.based
        ), moment as (
            select c.member_id, p_at as at from climbed c
            union
            select c.member_id, t.occurred_at from climbed c
            join loyalty.tier_change t on t.member_id = c.member_id and t.tier_set = s.key
                and t.occurred_at >= c.first_at and t.reason in ('collected', 'started')
            union
            select c.member_id, t.occurred_at from climbed c
            join loyalty.transfer t on t.member_id = c.member_id and t.kind = 'earn' and t.occurred_at >= c.first_at
        ), figure as (
            select c.member_id, max(width_bucket(loyalty.tier_figure(s, c.member_id, c.person_id, c.joined_at,
                loyalty.counted_after(s, loyalty.span_anchor(s, c.person_id, c.joined_at, c.since), n.at), n.at),
                s.thresholds)) as reached
            from climbed c join moment n on n.member_id = c.member_id group by c.member_id
        ), lower as materialized (
            select c.*, greatest(c.based, c.kept_tier, f.reached) as tier_after
            from climbed c join figure f using (member_id) where greatest(c.based, c.kept_tier, f.reached) < c.tier
        ), placed as (
            update loyalty.member_tier mt set tier = l.tier_after, since = p_at,
                valid_until = case when l.tier_after > 1 then mt.valid_until end
            from lower l where mt.member_id = l.member_id and mt.tier_set = s.key
        ), changed as (
            insert into loyalty.tier_change (programme_id, member_id, customer_id, tier_set, tier_before, tier_after,
                collected, reason, occurred_at, booked_at)
            select s.programme_id, l.member_id, l.person_id, s.key, l.tier, l.tier_after, 0, 'returned', p_at, p_at
            from lower l order by l.member_id
            returning id, customer_id, tier_before, tier_after
        ), told as (
            select loyalty.tell_tier(s.programme_id, s.key, c.customer_id, c.tier_before, c.tier_after, p_at, c.id)
            from changed c
        )
        select count(*)::int into number from told;
        fallen := fallen + number;
    end loop;
    return fallen;
end $$;

-- Joining, and what follows from it.
alter table loyalty.programme add column greets boolean not null default false; -- as the newest version says
alter table loyalty.member
add column unwelcomed boolean not null default false; -- joined, and not yet given what joining gives
create index member_unwelcomed on loyalty.member (programme_id) where unwelcomed;
create index member_inactive on loyalty.member (programme_id, inactive_from) where inactive_from is not null;

-- The accounts of members just made, and the first tier of each set.
create or replace function loyalty.open_accounts(p_made bigint[], p_tier_set text) returns void language sql as $$
    insert into loyalty.account (programme_id, currency_id, kind, member_id, customer_id, balance)
    select m.programme_id, c.id, k.kind, m.id, m.customer_id, 0
    from loyalty.member m
    join loyalty.currency c on c.programme_id = m.programme_id
    cross join unnest(array['pending', 'active', 'debt']) as k (kind)
    where m.id = any (p_made);
    insert into loyalty.member_tier (member_id, programme_id, customer_id, tier_set, tier, since)
    select m.id, m.programme_id, m.customer_id, s.key, 1, m.joined_at
    from loyalty.member m
    join loyalty.tier_set s on s.programme_id = m.programme_id and not s.retired
    where m.id = any (p_made)
$$;

-- Makes the missing ones of these customers members, with their accounts and the first tier of each set; announces each.
-- Idempotent. Who was a member only through a merge that was undone becomes one again. Joining is greeted afterwards.
create or replace function loyalty.join_members(
    p_programme int, p_customers bigint[], p_joined timestamptz[], p_booked timestamptz[],
    p_terms text, p_by text, p_tier_set text
) returns int language plpgsql as $$
declare
    made bigint[];
    again bigint[];
begin
    with fresh as (
        insert into loyalty.member (programme_id, customer_id, joined_at, booked_at, terms_version, joined_by, unwelcomed)
        select p_programme, c.customer_id, c.joined_at, c.booked_at, p_terms, p_by,
            (select p.greets from loyalty.programme p where p.id = p_programme)
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

-- Closes and opens members as profiles change their person, and brings every lot to the member of its profile's
-- person. What stands afterwards follows from who is which person, so that it may be called again. Gives the moves.
create or replace function loyalty.follow(p_profiles bigint[], p_before bigint[], p_after bigint[], p_at timestamptz)
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
    perform loyalty.open_accounts(made, null);

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
    -- What one of them did keeps the points of all alive.
    update loyalty.member m set inactive_from = (
        select max(o.inactive_from) from loyalty.member o where o.id = m.id or o.merged_into = m.id)
    where m.id = any (concerned) and m.closed_at is null and m.inactive_from is not null;
    perform loyalty.lend_tiers(concerned, p_at);
    return moves;
end $$;

-- Gives each of these members the best tier of the profiles it stands for, its own included: the higher, of two alike
-- the one that lasts longer. What it had of its own is kept, for when the other leaves.
create or replace function loyalty.lend_tiers(p_members bigint[], p_at timestamptz) returns void language sql as $$
    with base as (
        select mt.member_id, mt.tier_set, coalesce(m.merged_into, m.id) as stands_for,
            coalesce(mt.own_tier, mt.tier) as tier,
            case when mt.own_tier is null then mt.since else mt.own_since end as since,
            case when mt.own_tier is null then mt.valid_until else mt.own_valid_until end as valid_until,
            case when mt.own_tier is null then mt.kept_tier else mt.own_kept_tier end as kept_tier
        from loyalty.member m
        join loyalty.member_tier mt on mt.member_id = m.id
        where (m.id = any (p_members) and m.closed_at is null) or m.merged_into = any (p_members)
    ), best as (
        select distinct on (b.stands_for, b.tier_set) b.* from base b
        order by b.stands_for, b.tier_set, b.tier desc, b.valid_until desc nulls last, b.since, b.member_id
    ), placed as (
        select mt.member_id, mt.programme_id, mt.customer_id, mt.tier_set, mt.tier as tier_before, t.tier, t.since,
            t.valid_until, t.kept_tier, o.tier as own_tier, o.since as own_since, o.valid_until as own_valid_until,
            o.kept_tier as own_kept_tier,
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
    update loyalty.member_tier mt set tier = l.tier, since = l.since, valid_until = l.valid_until, kept_tier = l.kept_tier,
        own_tier = case when l.lent then l.own_tier end,
        own_since = case when l.lent then l.own_since end,
        own_valid_until = case when l.lent then l.own_valid_until end,
        own_kept_tier = case when l.lent then l.own_kept_tier end
    from placed l
    where mt.member_id = l.member_id and mt.tier_set = l.tier_set and (select count(*) from told) >= 0
$$;

-- Moves lots out of where they are: 'expire' active to expired, 'activate' pending to active, each due at its own instant,
-- which is their end or beginning unless one is given. One transfer a member and due instant; members locked in order, lots
-- read after. Lots that an open hold may still use wait. Gives the transfers.
create function loyalty.move_lots(
    p_programme int, p_kind text, p_at timestamptz, p_lots bigint[], p_due timestamptz[], p_because text,
    out moved_by bigint[], out points bigint
) language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
    owed record;
    holds boolean; -- whether any is open, so that most need not be asked about
begin
    points := 0;
    if p_lots is null then
        return;
    end if;
    holds := exists (select from loyalty.hold h where h.programme_id = p_programme and h.state = 'open');
    perform from loyalty.member m
    where m.id in (select l.member_id from loyalty.lot l where l.id = any (p_lots))
    order by m.id for update;

    with due as materialized (
        select l.*, coalesce(g.due_at, case p_kind when 'expire' then l.expires_at else l.active_from end) as due_at
        from unnest(p_lots, coalesce(p_due, array_fill(null::timestamptz, array[cardinality(p_lots)]))) as g (id, due_at)
        join loyalty.lot l on l.id = g.id
        where case p_kind when 'activate' then l.pending else l.remaining > 0 and not l.pending and not (
            holds and loyalty.kept_for_hold(l.member_id, l.currency_id, coalesce(g.due_at, l.expires_at), p_at)) end
    ), grouped as (
        select d.member_id, d.customer_id, d.currency_id, d.due_at, sum(d.remaining)::bigint as amount,
            array_agg(d.id order by d.id) as lots, array_agg(d.remaining order by d.id) as remainders
        from due d group by d.member_id, d.customer_id, d.currency_id, d.due_at having sum(d.remaining) > 0
        order by d.due_at, d.member_id
    ), ordered as materialized (
        select nextval('loyalty.transfer_id_seq') as transfer_id, g.* from grouped g
    ), numbered as materialized (
        select o.*, greatest(p_at, m.booked_at, p.closed_until) as booked, a.id as from_id, a.balance as from_balance,
            b.id as to_id, b.balance as to_balance,
            sum(o.amount) over (partition by o.member_id, o.currency_id order by o.transfer_id)::bigint as upto
        from ordered o
        join loyalty.member m on m.id = o.member_id
        join loyalty.programme p on p.id = p_programme
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
        update loyalty.member m set booked_at = n.booked
        from (select member_id, max(booked) as booked from numbered group by member_id) n
        where m.id = n.member_id and m.booked_at < n.booked
    ), told as materialized (
        select log.append(
            'regulars.loyalty.points_expired/' || p.key || '/' || d.customer_id || '/' || d.transfer_id,
            'regulars.loyalty.points_expired', d.customer_id, d.booked,
            jsonb_build_object('programme', p.key, 'points', d.amount, 'currency', c.code,
                'transfer', d.transfer_id, 'expired_at', d.due_at, 'because', p_because), 1)
        from numbered d join loyalty.programme p on p.id = p_programme join loyalty.currency c on c.id = d.currency_id
        where p_kind = 'expire'
    )
    select array_agg(n.transfer_id order by n.transfer_id), coalesce(sum(n.amount), 0)::bigint into moved_by, points
    from numbered n where (select count(*) from told) >= 0;

    if p_kind = 'activate' and moved_by is not null then
        for owed in
            select a.member_id, a.currency_id, m.booked_at
            from loyalty.account a join loyalty.member m on m.id = a.member_id
            where a.kind = 'debt' and a.balance < 0
                and a.member_id in (select t.member_id from loyalty.transfer t where t.id = any (moved_by))
            order by a.member_id, a.currency_id
        loop
            perform loyalty.repay(p_programme, owed.currency_id, owed.member_id, greatest(p_at, owed.booked_at));
        end loop;
    end if;
end $$;

-- Moves what is due of a programme by now: idempotent, catching up.
drop function loyalty.move_due(int, text, timestamptz);
create function loyalty.move_due(
    p_programme int, p_kind text, p_at timestamptz, out moved_by bigint[], out points bigint
) language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
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
    select m.moved_by, m.points into moved_by, points
    from loyalty.move_lots(p_programme, p_kind, p_at, found_lots, null, 'validity') m;
end $$;

-- Households. Members of one share what they may spend; each lot stays its own member's.
alter table loyalty.programme add column pooled boolean not null default false; -- as the newest version says

-- The household somebody belongs to, of several the one joined first.
create function loyalty.household(p_person bigint) returns bigint language sql stable as $$
    select g.group_id from customers.fact_group_member g
    join customers.fact_group f on f.group_id = g.group_id and f.type = 'household'
    where g.customer_id = p_person order by g.since, g.group_id limit 1
$$;

-- Whose lots a member may spend: its own first, then those of the household's other members, by number.
create or replace function loyalty.pool(p_member bigint) returns bigint[] language plpgsql stable as $$
declare
    own loyalty.member;
    home bigint;
begin
    select m.* into own from loyalty.member m join loyalty.programme p on p.id = m.programme_id and p.pooled
    where m.id = p_member and m.closed_at is null;
    home := case when own.id is not null then loyalty.household(own.customer_id) end;
    if home is null then
        return array[p_member];
    end if;
    return p_member || array(
        select m.id from customers.fact_group_member g
        join loyalty.member m on m.programme_id = own.programme_id and m.customer_id = g.customer_id
            and m.closed_at is null and m.id <> p_member
        where g.group_id = home and loyalty.household(g.customer_id) = home order by m.id);
end $$;

-- What was told of points about to end: once a member, currency and local day.
create table loyalty.expiry_notice (
    member_id bigint not null,
    currency_id int not null,
    day date not null, -- the first day on which they cannot be spent
    points bigint not null,
    primary key (member_id, currency_id, day)
);
create index expiry_notice_old on loyalty.expiry_notice (day);

-- Up to when something that falls on days was done, where nothing else tells.
create table loyalty.due_mark (
    programme_id int not null references loyalty.programme,
    name text collate "C" not null,
    upto date not null, -- the last day done
    primary key (programme_id, name)
);

-- What others may read of a member: the spendable currency is the programme's first, the tier that of its first set.
create or replace view loyalty.fact_member as
select m.customer_id, p.key as programme, m.joined_at, mt.tier_set, mt.tier as tier_number,
    s.names[mt.tier] as tier, mt.since as tier_since,
    c.code as currency, act.balance as active_points, pen.balance as pending_points, -deb.balance as owed_points,
    m.booked_at as last_posted_at
from loyalty.member m
join loyalty.programme p on p.id = m.programme_id
join lateral (select id, code from loyalty.currency c where c.programme_id = p.id order by id limit 1) c on true
join loyalty.account act on act.member_id = m.id and act.currency_id = c.id and act.kind = 'active'
join loyalty.account pen on pen.member_id = m.id and pen.currency_id = c.id and pen.kind = 'pending'
join loyalty.account deb on deb.member_id = m.id and deb.currency_id = c.id and deb.kind = 'debt'
left join loyalty.tier_set s on s.programme_id = p.id and s.turn = 1 and not s.retired
left join loyalty.member_tier mt on mt.member_id = m.id and mt.tier_set = s.key
where m.closed_at is null;

-- The tier of each member in each set there is now.
create or replace view loyalty.fact_tier as
select
    m.customer_id, p.key as programme, mt.tier_set,
    coalesce(s.names[mt.tier], mt.tier::text) as tier,
    mt.tier as tier_number, mt.since, mt.valid_until, s.turn
from loyalty.member m
join loyalty.programme p on p.id = m.programme_id
join loyalty.member_tier mt on mt.member_id = m.id and not mt.closed
join loyalty.tier_set s on s.programme_id = p.id and s.key = mt.tier_set and not s.retired
where m.closed_at is null;

drop function if exists loyalty.climb(int, int, text, bigint[], interval, bigint[], loyalty.priced[]);
drop function loyalty.review_tiers(int, int, text, bigint[], interval, text, timestamptz, timestamptz, timestamptz);

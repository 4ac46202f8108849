-- Why: looking for tiers reached read every transfer of every member, and plans kept for arrays of any length were slow.
-- How long on 10M rows: replaces a function only; instant at any size.
-- Undo: create loyalty.climb again as in 0009_loyalty.sql; alter function ... reset plan_cache_mode, for the five below.

-- Lifts members whose points collected in the window, this order included, reach a tier: at once, order by
-- order, restarting the clock. Nobody is lowered here.
create or replace function loyalty.climb(
    p_programme int, p_currency int, p_tier_set text, p_thresholds bigint[], p_window interval,
    p_posted bigint[], p_priced loyalty.priced[]
) returns int language plpgsql as $$
declare climbed int;
begin
    if p_tier_set is null or p_posted is null then
        return 0;
    end if;
    with posted as materialized (
        select t.* from unnest(p_posted) as own (id) join loyalty.transfer t on t.id = own.id
    ), figure as (
        select t.id, t.member_id, t.customer_id, t.occurred_at, t.booked_at, s.tier_until, mt.tier as tier_start,
            (select sum(c.collected) from loyalty.transfer c
             where c.member_id = t.member_id and c.collected <> 0 and c.currency_id = p_currency
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

-- A plan made once for all guesses ten elements for every array, and then compares each order with each: thousands
-- of orders take seconds. Planning anew costs a millisecond a statement.
alter function loyalty.price_span set plan_cache_mode = force_custom_plan;
alter function loyalty.accrue set plan_cache_mode = force_custom_plan;
alter function loyalty.climb set plan_cache_mode = force_custom_plan;
alter function loyalty.join_members set plan_cache_mode = force_custom_plan;
alter function loyalty.move_due set plan_cache_mode = force_custom_plan;

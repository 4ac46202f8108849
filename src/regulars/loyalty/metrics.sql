-- name: members
-- Members at the end of a span, and of them: who joined in it, who earned or spent in the days before its end, and who ever
-- spent and did not take it all back. Customers marked as tests are left out; a merged profile counts with its person.
with enrolled as (
    select m.id, m.joined_at, m.booked_at from loyalty.member m
    join customers.fact_customer c on c.customer_id = m.customer_id and not c.test
    where m.programme_id = %(programme_id)s and m.joined_at < %(stop)s and (m.closed_at is null or m.closed_at >= %(stop)s)
)
select count(*) as members,
    count(*) filter (where e.joined_at >= %(start)s) as joined,
    count(*) filter (where e.booked_at >= %(since)s and exists (
        select from loyalty.transfer t
        where t.member_id in (select e.id union all select o.id from loyalty.member o where o.merged_into = e.id)
            and t.kind in ('earn', 'spend') and t.occurred_at >= %(since)s and t.occurred_at < %(stop)s)) as active,
    count(*) filter (where exists (
        select from loyalty.transfer t
        where t.member_id in (select e.id union all select o.id from loyalty.member o where o.merged_into = e.id)
            and t.kind = 'spend' and t.occurred_at < %(stop)s and t.amount > (
                select coalesce(sum(r.amount), 0) from only loyalty.transfer r
                where r.reverses = t.id and r.booked_at < %(stop)s))) as redeeming
from enrolled e

-- name: eligible
-- Customers known by the end of a span, tests left out.
select count(*) from customers.fact_customer where not test and created_at < %(stop)s

-- name: cohort
-- Of those who joined in a span, and whose time afterwards was over by its end: who bought no second time within it, and who
-- redeemed within it.
with newcomer as (
    select m.id, m.customer_id, m.joined_at, n.until, n.redeem_until
    from loyalty.member m
    join customers.fact_customer c on c.customer_id = m.customer_id and not c.test
    cross join lateral (
        select loyalty.days_on(m.joined_at, %(days)s, %(zone)s) as until,
            loyalty.days_on(m.joined_at, %(redeem_days)s, %(zone)s) as redeem_until
    ) n
    where m.programme_id = %(programme_id)s and m.closed_at is null
        and m.joined_at >= %(start)s and m.joined_at < %(stop)s
)
select count(*) filter (where n.until <= %(stop)s) as settled,
    count(*) filter (where n.until <= %(stop)s and (
        select count(distinct t.order_id) from only loyalty.transfer t
        where t.member_id = n.id and t.kind = 'earn' and t.occurred_at < n.until) <= 1) as once,
    count(*) filter (where n.redeem_until <= %(stop)s) as matured,
    count(*) filter (where n.redeem_until <= %(stop)s and exists (
        select from loyalty.transfer t
        where t.member_id = n.id and t.kind = 'spend' and t.occurred_at < n.redeem_until and t.amount > (
            select coalesce(sum(r.amount), 0) from only loyalty.transfer r where r.reverses = t.id))) as redeemed
from newcomer n

-- name: sales
-- What was sold in a span in one currency, net of returns and cancellations, and how much of it to who was a member then.
select coalesce(sum(o.net_minor), 0)::bigint as total_minor,
    coalesce(sum(o.net_minor) filter (where m.id is not null), 0)::bigint as member_minor
from orders.fact_order o
left join customers.fact_customer c on c.customer_id = o.customer_id
left join loyalty.member m on m.programme_id = %(programme_id)s and m.customer_id = o.customer_id
    and m.joined_at <= o.occurred_at and m.closed_at is null
where o.occurred_at >= %(start)s and o.occurred_at < %(stop)s and o.currency = %(money)s and c.test is not true

-- name: vintage
-- Of the points earned in a span, whenever it was booked and whoever holds them now: issued net of what was taken back, and
-- what became of them up to now.
with lots as (
    select l.id, l.amount, l.moved_by is null and l.given_from is null as own from loyalty.lot l
    join loyalty.currency c on c.id = l.currency_id and c.code = %(currency)s
    where l.programme_id = %(programme_id)s and l.earned_at >= %(start)s and l.earned_at < %(stop)s
), moves as (
    select coalesce(u.kind, t.kind) as kind, t.kind as own_kind, v.amount > 0 as back, sum(v.amount) as amount
    from lots l
    join loyalty.lot_move v on v.lot_id = l.id
    join loyalty.transfer t on t.id = v.transfer_id
    left join loyalty.transfer u on u.id = t.reverses
    group by 1, 2, 3
)
select (coalesce((select sum(amount) from lots where own), 0)
        + coalesce(sum(amount) filter (where own_kind = 'reversal' and not back and kind <> 'spend'), 0))::bigint as issued,
    coalesce(-sum(amount) filter (where kind = 'spend'), 0)::bigint as redeemed,
    coalesce(-sum(amount) filter (where kind in ('expire', 'reinstate')), 0)::bigint as expired,
    coalesce(-sum(amount) filter (where own_kind = 'adjust' or own_kind = 'reversal' and back and kind = 'adjust'), 0)::bigint
        as forfeited
from moves

-- name: flows
-- What was booked in a span, by what it was, as it changes what members have; and what they had before.
with home as (
    select a.id, a.kind from loyalty.account a
    join loyalty.currency c on c.id = a.currency_id and c.code = %(currency)s
    where a.programme_id = %(programme_id)s and a.member_id is null and a.kind <> 'moved'
), booked as (
    select t.kind as kind, u.kind as undone, h.kind as account, -sum(e.amount) as amount
    from home h
    join loyalty.entry_row e on e.account_id = h.id and e.booked_at >= %(start)s and e.booked_at < %(stop)s
    join only loyalty.transfer t on t.id = e.transfer_id
    left join loyalty.transfer u on u.id = t.reverses
    group by 1, 2, 3
    union all
    select s.kind, null, h.kind, -sum(s.amount)
    from home h
    join loyalty.simple_spend s on s.to_id = h.id and s.booked_at >= %(start)s and s.booked_at < %(stop)s
    group by 1, 3
)
select
    (select coalesce(-sum(i.amount), 0)::bigint from home h cross join lateral (
        select sum(e.amount) as amount from loyalty.programme_entry e
        where e.account_id = h.id and e.booked_at < %(start)s) i) as opening,
    coalesce(sum(amount) filter (where kind = 'earn'), 0)::bigint as earned,
    coalesce(sum(amount) filter (where kind = 'adjust'), 0)::bigint as adjusted,
    coalesce(-sum(amount) filter (where kind = 'spend' or undone = 'spend'), 0)::bigint as redeemed,
    coalesce(-sum(amount) filter (where account = 'expired'), 0)::bigint as expired,
    coalesce(-sum(amount) filter (where kind = 'reversal' and undone <> 'spend' and account <> 'expired'), 0)::bigint
        as reversed,
    coalesce(sum(amount) filter (where kind not in ('earn', 'adjust', 'spend', 'expire', 'reversal')
        and account <> 'expired'), 0)::bigint as other,
    (select coalesce(-sum(i.amount), 0)::bigint from home h cross join lateral (
        select sum(e.amount) as amount from loyalty.programme_entry e
        where e.account_id = h.id and e.booked_at < %(stop)s) i) as closing
from booked

-- name: held
-- What members hold by their accounts now: the closing of the roll up to now must be this.
select coalesce(sum(a.balance), 0)::bigint from loyalty.account a
join loyalty.currency c on c.id = a.currency_id and c.code = %(currency)s
where a.programme_id = %(programme_id)s and a.member_id is not null

-- name: ever
-- Points issued and spent from the beginning up to an instant, net of reversals.
select coalesce(-sum(i.amount) filter (where a.kind = 'issued'), 0)::bigint as issued,
    coalesce(sum(i.amount) filter (where a.kind = 'redeemed'), 0)::bigint as spent
from loyalty.account a
join loyalty.currency c on c.id = a.currency_id and c.code = %(currency)s
cross join lateral (
    select sum(e.amount) as amount from loyalty.programme_entry e where e.account_id = a.id and e.booked_at < %(stop)s
) i
where a.programme_id = %(programme_id)s and a.member_id is null and a.kind in ('issued', 'redeemed')

-- name: expiring
-- What is left now by the local month in which it ends.
select to_char((l.expires_at - interval '1 microsecond') at time zone %(zone)s, 'YYYY-MM') as month,
    sum(l.remaining)::bigint as points, count(*) as lots, count(distinct l.member_id) as members
from loyalty.lot l
join loyalty.currency c on c.id = l.currency_id and c.code = %(currency)s
where l.programme_id = %(programme_id)s and not l.spent and l.expires_at > %(at)s and l.expires_at <= %(until)s
group by 1 order by 1

-- name: migration
-- How many went from which tier of a set to which between two instants; null: no member then. Who a merge brought along
-- counts with the person.
with held as (
    select mt.member_id, mt.tier, m.joined_at, m.closed_at,
        exists (
            select from loyalty.tier_change c
            where c.member_id = mt.member_id and c.tier_set = mt.tier_set and c.occurred_at >= %(start)s) as moved
    from loyalty.member_tier mt
    join loyalty.member m on m.id = mt.member_id and m.merged_into is null
    join customers.fact_customer c on c.customer_id = m.customer_id and not c.test
    where mt.programme_id = %(programme_id)s and mt.tier_set = %(tier_set)s
)
select case when h.joined_at < %(start)s and (h.closed_at is null or h.closed_at >= %(start)s) then
        case when h.moved then loyalty.tier_at(h.member_id, %(tier_set)s, %(start)s) else h.tier end
    end as before,
    case when h.joined_at < %(stop)s and (h.closed_at is null or h.closed_at >= %(stop)s) then
        case when h.moved then loyalty.tier_at(h.member_id, %(tier_set)s, %(stop)s) else h.tier end
    end as after, count(*) as members
from held h group by 1, 2
having count(*) > 0 order by 1 nulls first, 2 nulls last

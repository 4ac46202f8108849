-- name: programme_list
select p.key, p.name, p.launched_at,
    exists (select from loyalty.programme_version v where v.programme_id = p.id and v.live_until is null) as live,
    (select count(*) from loyalty.member m where m.programme_id = p.id and m.closed_at is null) as members
from loyalty.programme p order by p.id

-- name: totals
-- What the members hold, and whom it belongs to.
select (
        select count(*) from loyalty.member m where m.programme_id = %(programme_id)s and m.closed_at is null
    ) as members,
    coalesce(sum(a.balance) filter (where a.kind = 'active'), 0)::bigint as active,
    coalesce(sum(a.balance) filter (where a.kind = 'pending'), 0)::bigint as pending,
    coalesce(-sum(a.balance) filter (where a.kind = 'debt'), 0)::bigint as owed
from loyalty.account a join loyalty.currency c on c.id = a.currency_id
where a.programme_id = %(programme_id)s and c.code = %(currency)s and a.member_id is not null

-- name: tiers
-- Members of each tier that has any.
select tier as number, count(*) as members from loyalty.member_tier
where programme_id = %(programme_id)s and tier_set = %(tier_set)s and not closed group by tier order by tier

-- name: by_span
-- What was booked in each span on the programme's accounts: points issued, spent, expired, forfeited, net.
select s.start as start, coalesce(-sum(i.amount) filter (where a.kind = 'issued'), 0)::bigint as issued,
    coalesce(sum(i.amount) filter (where a.kind = 'redeemed'), 0)::bigint as spent,
    coalesce(sum(i.amount) filter (where a.kind = 'expired'), 0)::bigint as expired,
    coalesce(sum(i.amount) filter (where a.kind = 'forfeited'), 0)::bigint as forfeited
from unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) as s (start, stop)
join loyalty.currency c on c.programme_id = %(programme_id)s and c.code = %(currency)s
join loyalty.account a on a.currency_id = c.id and a.member_id is null
cross join lateral (
    select sum(e.amount) as amount from loyalty.programme_entry e
    where e.account_id = a.id and e.booked_at >= s.start and e.booked_at < s.stop
) i
group by s.start order by s.start

-- name: expiring
-- Points, lots and members whose validity ends up to each instant, of what is left now.
select u.until, coalesce(sum(l.remaining), 0)::bigint as points, count(l.id) as lots,
    count(distinct l.member_id) as members
from unnest(%(until)s::timestamptz[]) as u (until)
join loyalty.currency c on c.programme_id = %(programme_id)s and c.code = %(currency)s
left join loyalty.lot l on l.programme_id = c.programme_id and l.currency_id = c.id and not l.spent
    and l.expires_at <= u.until
group by u.until order by u.until

-- name: first_booking
select launched_at from loyalty.programme where id = %(programme_id)s

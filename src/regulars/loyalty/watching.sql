-- name: watched
-- The transfers that a range of the log tells of and that went over a limit, each with its figure: of one member in
-- the hours up to and with it. One a member and day becomes a review.
insert into loyalty.review
    (programme_id, member_id, customer_id, rule, watches, figure, more_than, hours, transfer_id, happened_at, day)
select distinct on (t.member_id, (t.booked_at at time zone 'UTC')::date)
    t.programme_id, t.member_id, t.customer_id, %(rule)s, %(watches)s, f.figure, %(more_than)s, %(hours)s, t.id,
    t.booked_at, (t.booked_at at time zone 'UTC')::date
from log.fact_event e
join loyalty.transfer t on t.id = (e.properties ->> 'transfer')::bigint
cross join lateral (
    select case %(watches)s
        when 'earned_points' then coalesce(sum(o.amount) filter (where o.kind = 'earn'), 0)
        when 'earning_orders' then count(distinct o.order_id) filter (where o.kind = 'earn')
        when 'spent_points' then coalesce(sum(o.amount) filter (where o.kind = 'spend'), 0)
        when 'redemptions' then count(*) filter (where o.kind = 'spend')
        else count(distinct o.order_id) filter (where o.kind = 'reversal')
    end::bigint as figure
    from loyalty.transfer o
    where o.member_id = t.member_id and o.id <= t.id
        and o.booked_at > t.booked_at - make_interval(hours => %(hours)s) and o.booked_at <= t.booked_at
        and (%(watches)s not in ('earned_points', 'spent_points') or o.currency_id = %(currency_id)s)
) f
where e.position > %(after)s and e.position <= %(to)s
    and e.name in ('regulars.loyalty.points_earned', 'regulars.loyalty.points_changed')
    and t.programme_id = %(programme_id)s and f.figure > %(more_than)s
order by t.member_id, (t.booked_at at time zone 'UTC')::date, t.id
on conflict (member_id, rule, day) do nothing
returning id

-- name: block_reviewed
-- Blocks the members of these reviews who are not blocked yet.
insert into loyalty.block (programme_id, member_id, customer_id, reason, rule, since, by_name)
select distinct on (r.member_id)
    r.programme_id, r.member_id, r.customer_id, %(reason)s, r.rule, r.happened_at, %(by)s
from loyalty.review r
where r.id = any (%(reviews)s::bigint[])
order by r.member_id, r.id
on conflict (member_id) where lifted_at is null do nothing
returning id

-- name: watching
-- The newest version in force of each programme that watches anything.
select p.id as programme_id, p.key, v.body -> 'velocity' as velocity,
    (select c.id from loyalty.currency c where c.programme_id = p.id order by c.id limit 1) as currency_id,
    (select c.scale from loyalty.currency c where c.programme_id = p.id order by c.id limit 1) as scale
from loyalty.programme p
cross join lateral (
    select w.body from loyalty.programme_version w where w.programme_id = p.id order by w.version desc limit 1
) v
where jsonb_array_length(coalesce(v.body -> 'velocity', '[]')) > 0
order by p.id

-- name: tells_points
select exists (
    select from log.fact_event e
    where e.position > %(after)s and e.position <= %(to)s
        and e.name in ('regulars.loyalty.points_earned', 'regulars.loyalty.points_changed')
)

-- name: reviews
select r.id, p.key as programme, r.customer_id, r.rule, r.watches, r.figure, r.more_than, r.hours, r.transfer_id,
    r.happened_at, r.state, r.note, r.decided_by, r.decided_at, (
        select c.scale from loyalty.currency c where c.programme_id = r.programme_id order by c.id limit 1
    )
from loyalty.review r join loyalty.programme p on p.id = r.programme_id
where (%(key)s::text is null or p.key = %(key)s) and (%(state)s::text is null or r.state = %(state)s)
    and (%(customers)s::bigint[] is null or r.customer_id = any (%(customers)s))
    and (%(before)s::bigint is null or r.id < %(before)s)
order by r.id desc limit %(limit)s

-- name: review
select r.id, p.key as programme, r.customer_id, r.rule, r.watches, r.figure, r.more_than, r.hours, r.transfer_id,
    r.happened_at, r.state, r.note, r.decided_by, r.decided_at, (
        select c.scale from loyalty.currency c where c.programme_id = r.programme_id order by c.id limit 1
    )
from loyalty.review r join loyalty.programme p on p.id = r.programme_id
where r.id = %(review_id)s

-- name: locked
select id from loyalty.review
where id = %(review_id)s
for update

-- name: open_reviews
select count(*) from loyalty.review
where state = 'open'

-- name: concerned
-- What the figure of a review counted, the newest first: of its member, in its hours, up to and with what went over.
select t.id as transfer_id, t.kind, t.amount, c.code as currency, t.booked_at, t.occurred_at,
    coalesce(o.order_id, w.order_id) as order_id, coalesce(o.order_key, w.order_key) as order_key, t.reason, t.actor
from loyalty.review r
join loyalty.transfer t on t.member_id = r.member_id and t.id <= r.transfer_id
    and t.booked_at > r.happened_at - make_interval(hours => r.hours) and t.booked_at <= r.happened_at
    and t.kind = case
        when r.watches in ('earned_points', 'earning_orders') then 'earn'
        when r.watches in ('spent_points', 'redemptions') then 'spend'
        else 'reversal' end
join loyalty.currency c on c.id = t.currency_id
left join orders.fact_order o on o.order_id = t.order_id
left join orders.fact_order w on w.order_key = t.order_key
where r.id = %(review_id)s
    and (r.watches not in ('earned_points', 'spent_points') or t.currency_id = (
        select min(k.id) from loyalty.currency k where k.programme_id = r.programme_id
    ))
order by t.id desc limit %(limit)s

-- name: decide
update loyalty.review set state = %(state)s, note = %(note)s, decided_by = %(by)s, decided_at = %(at)s
where id = %(review_id)s

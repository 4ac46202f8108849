-- name: save_reward
insert into rewards.reward (key, programme, version, body)
values (%(key)s, %(programme)s, %(version)s, %(body)s)
on conflict (key) do update set version = excluded.version, body = excluded.body, ended_at = null
returning id

-- name: end_reward
update rewards.reward set ended_at = %(at)s where key = %(key)s

-- name: reward
select id, key, programme, version, body, stock, ended_at from rewards.reward where key = %(key)s

-- name: rewards
select id, key, programme, version, body, stock, ended_at
from rewards.reward
where %(programme)s::text is null or programme = %(programme)s
order by ended_at is not null, (body ->> 'points')::bigint, key

-- name: figures
-- Redemptions that stand, of each reward: how many, points, cost, and how many wait for somebody.
select
    reward_id, count(*) as redeemed, coalesce(sum(points), 0)::bigint as points,
    coalesce(sum(cost_minor), 0)::bigint as cost_minor,
    count(*) filter (where state in ('ordered', 'ready', 'sent')) as open, max(redeemed_at) as last_redeemed_at
from rewards.redemption
where reward_id = any(%(reward_ids)s::int []) and state not in ('cancelled', 'lapsed', 'held')
group by reward_id

-- name: claim
-- Whoever comes second under the same id waits here until the first is done, and then finds its answer.
insert into rewards.caller_key (key, fields, answer, customer_id)
values (%(key)s, %(fields)s, 'null', %(customer_id)s) on conflict do nothing

-- name: claimed
select answer, fields from rewards.caller_key where key = %(key)s

-- name: settle
update rewards.caller_key set answer = %(answer)s where key = %(key)s

-- name: person
select coalesce((select p.person_id from customers.fact_person as p where p.customer_id = %(customer_id)s), %(customer_id)s)

-- name: tiers_of
-- The tiers a person has in a programme, as in club/Gold.
select tier_set || '/' || tier from loyalty.fact_tier where customer_id = %(person)s and programme = %(programme)s

-- name: lock_customer
-- One person's redemptions of one reward are judged one after the other.
select pg_advisory_xact_lock(hashtextextended('rewards.customer/' || %(reward_id)s::text, %(person)s))

-- name: redeemed_by
-- By reward, how often a person redeemed it.
select reward_id, count(*) as redeemed from rewards.redemption
where customer_id = any(%(atoms)s::bigint []) and state not in ('cancelled', 'lapsed')
group by reward_id

-- name: take_stock
update rewards.reward set stock = stock - 1 where id = %(reward_id)s and stock > 0

-- name: give_stock
update rewards.reward set stock = stock + 1 where id = %(reward_id)s

-- name: change_stock
update rewards.reward set stock = stock + %(amount)s where key = %(key)s and stock + %(amount)s >= 0
returning id, stock

-- name: save_stock_change
insert into rewards.stock_change (reward_id, amount, stock_after, reason, actor, changed_at)
values (%(reward_id)s, %(amount)s, %(stock)s, %(reason)s, %(actor)s, %(at)s)

-- name: stock_changes
select amount, stock_after, reason, actor, changed_at from rewards.stock_change
where reward_id = %(reward_id)s order by id desc limit %(limit)s

-- name: save_redemption
insert into rewards.redemption (reward_id, version, programme, customer_id, state, points, currency, hold_id, transfer_id,
    code_id, takes_stock, cost_minor, cost_currency, automatic, redeemed_at, changed_at, holds_until, actor)
values (%(reward_id)s, %(version)s, %(programme)s, %(customer_id)s, %(state)s, %(points)s, %(currency)s, %(hold_id)s,
    %(transfer_id)s, %(code_id)s, %(takes_stock)s, %(cost)s, %(money)s, %(automatic)s, %(at)s, %(at)s, %(holds_until)s,
    %(actor)s)
returning id

-- name: save_step
insert into rewards.step (redemption_id, state, stepped_at, actor, note)
values (%(redemption_id)s, %(state)s, %(at)s, %(actor)s, %(note)s)

-- name: redemption
select
    d.id, d.reward_id, r.key as reward, r.body, d.version, d.programme, d.customer_id, d.state, d.points, d.currency,
    d.hold_id, d.transfer_id, d.code_id, d.takes_stock, d.cost_minor, d.cost_currency, d.automatic, d.redeemed_at,
    d.changed_at, d.holds_until, d.actor
from rewards.redemption as d inner join rewards.reward as r on d.reward_id = r.id
where d.id = %(redemption_id)s

-- name: lock_redemption
select id from rewards.redemption where id = %(redemption_id)s for update

-- name: redemptions
-- The newest first; `open` are those somebody has to do something for.
select
    d.id, d.reward_id, r.key as reward, r.body, d.version, d.programme, d.customer_id, d.state, d.points, d.currency,
    d.hold_id, d.transfer_id, d.code_id, d.takes_stock, d.cost_minor, d.cost_currency, d.automatic, d.redeemed_at,
    d.changed_at, d.holds_until, d.actor
from rewards.redemption as d inner join rewards.reward as r on d.reward_id = r.id
where
    (%(programme)s::text is null or d.programme = %(programme)s)
    and (%(reward)s::text is null or r.key = %(reward)s)
    and (%(state)s::text is null or d.state = %(state)s
        or (%(state)s = 'open' and d.state in ('ordered', 'ready', 'sent')))
    and (%(before)s::bigint is null or d.id < %(before)s)
order by d.id desc limit %(limit)s

-- name: of_customer
select
    d.id, d.reward_id, r.key as reward, r.body, d.version, d.programme, d.customer_id, d.state, d.points, d.currency,
    d.hold_id, d.transfer_id, d.code_id, d.takes_stock, d.cost_minor, d.cost_currency, d.automatic, d.redeemed_at,
    d.changed_at, d.holds_until, d.actor
from rewards.redemption as d inner join rewards.reward as r on d.reward_id = r.id
where d.customer_id = any(%(atoms)s::bigint []) and (%(programme)s::text is null or d.programme = %(programme)s)
order by d.id desc limit %(limit)s

-- name: steps
select state, stepped_at, actor, note from rewards.step where redemption_id = %(redemption_id)s order by id

-- name: step
update rewards.redemption set state = %(state)s, changed_at = %(at)s where id = %(redemption_id)s

-- name: confirm
update rewards.redemption set
    state = %(state)s, transfer_id = %(transfer_id)s, code_id = %(code_id)s, holds_until = null, changed_at = %(at)s
where id = %(redemption_id)s

-- name: over
-- What was held for too long and nobody works on at this moment.
select id from rewards.redemption where state = 'held' and holds_until <= %(at)s order by id limit %(limit)s
for update skip locked

-- name: tell
select log.append(%(id)s, %(name)s, %(customer_id)s, %(at)s, %(told)s)

-- name: told_to
-- Who came by points in a span of the log, by programme.
select distinct properties ->> 'programme' as programme, customer_id
from log.fact_event
where position > %(after)s and position <= %(to)s and not history and customer_id is not null
    and name = any(%(names)s::text [])
order by 1, 2

-- name: due_members
-- Members of a programme who may have enough to spend: among some, or all.
select customer_id from loyalty.fact_balance
where programme = %(programme)s and currency = %(currency)s and active >= %(points)s
    and (%(among)s::bigint [] is null or customer_id = any(%(among)s::bigint []))
order by customer_id

-- name: automatic_number
select count(*) from rewards.redemption where customer_id = any(%(atoms)s::bigint []) and reward_id = %(reward_id)s and automatic

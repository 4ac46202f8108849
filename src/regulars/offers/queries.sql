-- name: save_pool
insert into offers.pool (key, version, body) values (%(key)s, %(version)s, %(body)s)
on conflict (key) do update set version = excluded.version, body = excluded.body, ended_at = null
returning id

-- name: keep_version
insert into offers.pool_version (pool_id, version, body) values (%(pool_id)s, %(version)s, %(body)s)
on conflict (pool_id, version) do update set body = excluded.body

-- name: end_pool
update offers.pool set ended_at = %(at)s where key = %(key)s

-- name: hold_pool
-- Who uses a code holds its pool shared: they do not wait for each other, and limits do not change meanwhile.
select pg_advisory_xact_lock_shared(hashtextextended('offers.pool', %(pool_id)s))

-- name: hold_pool_alone
select pg_advisory_xact_lock(hashtextextended('offers.pool', %(pool_id)s))

-- name: limit_codes
-- A code that was used more often already stays so.
update offers.code set uses_most = greatest(%(uses_most)s, used + reserved)
where pool_id = %(pool_id)s and uses_most is distinct from %(uses_most)s::int and state in ('free', 'issued')

-- name: count_again
-- What was used before in each of these spans, for limits that are new.
insert into offers.tally (pool_id, span, used, given_minor)
select %(pool_id)s, s.span, count(u.id), coalesce(sum(u.given_minor - u.given_back_minor), 0)
from unnest(%(spans)s::text []) as s (span)
left join offers.use as u
    on u.pool_id = %(pool_id)s and u.cancelled_at is null
    and s.span = any(u.spans)
group by s.span order by s.span
on conflict (pool_id, span) do update set used = excluded.used, given_minor = excluded.given_minor

-- name: handed_out
select count(*) from offers.code where pool_id = %(pool_id)s and state <> 'free'

-- name: pool
select id, key, version, body, ended_at from offers.pool where key = %(key)s

-- name: pools
select id, key, version, body, ended_at from offers.pool order by ended_at is not null, key

-- name: figures
-- One line a pool: its codes by state, its uses and what they gave, what is still on its gift cards.
select
    p.id as pool_id, coalesce(c.free, 0) as free, coalesce(c.issued, 0) as issued, coalesce(c.expired, 0) as expired,
    coalesce(c.cancelled, 0) as cancelled, coalesce(c.owed_minor, 0)::bigint as owed_minor,
    coalesce(u.uses, 0) as uses, coalesce(u.given_minor, 0)::bigint as given_minor, u.last_used_at
from offers.pool as p
left join lateral (
    select
        count(*) filter (where state = 'free') as free, count(*) filter (where state = 'issued') as issued,
        count(*) filter (where state = 'expired') as expired, count(*) filter (where state = 'cancelled') as cancelled,
        sum(balance_minor) filter (where state = 'issued') as owed_minor
    from offers.code where pool_id = p.id
) as c on true
left join lateral (
    select count(*) as uses, sum(given_minor - given_back_minor) as given_minor, max(used_at) as last_used_at
    from offers.use where pool_id = p.id and cancelled_at is null
) as u on true
where p.id = any(%(pool_ids)s::int [])

-- name: claim
-- Whoever comes second under the same id waits here until the first is done, and then finds its answer.
insert into offers.caller_key (key, fields, answer, customer_id)
values (%(key)s, %(fields)s, 'null', %(customer_id)s) on conflict do nothing

-- name: claimed
select answer, fields from offers.caller_key where key = %(key)s

-- name: settle
update offers.caller_key set answer = %(answer)s where key = %(key)s

-- name: shapes
-- How the codes of every pool look that ever made some.
select distinct prefix, suffix, alphabet, signs, checked from offers.shape

-- name: keep_shape
insert into offers.shape (pool_id, prefix, suffix, alphabet, signs, checked)
values (%(pool_id)s, %(prefix)s, %(suffix)s, %(alphabet)s, %(signs)s, %(checked)s) on conflict do nothing

-- name: make
-- Codes that are there already, in whatever pool, are passed over.
insert into offers.code (pool_id, version, code, bare, state, made_at, issued_at, starts_at, expires_at, uses_most,
    loaded_minor, balance_minor)
select
    %(pool_id)s, %(version)s, n.code, n.bare, %(state)s, %(at)s, %(issued_at)s::timestamptz, %(starts_at)s::timestamptz,
    %(expires_at)s::timestamptz, %(uses_most)s::int, %(loaded)s::bigint, %(loaded)s::bigint
from unnest(%(codes)s::text [], %(bares)s::text []) as n (code, bare)
on conflict (bare) do nothing
returning id

-- name: take_free
-- The oldest code nobody else is handing out at this moment.
select id from offers.code where pool_id = %(pool_id)s and state = 'free' order by id limit 1 for update skip locked

-- name: hand_out
update offers.code set
    state = 'issued', version = %(version)s, customer_id = %(customer_id)s, issued_at = %(at)s,
    starts_at = %(starts_at)s, expires_at = %(expires_at)s, uses_most = %(uses_most)s,
    loaded_minor = %(loaded)s, balance_minor = %(loaded)s
where id = %(code_id)s

-- name: persons
-- The people some profiles belong to.
select distinct coalesce(p.person_id, x.id)
from unnest(%(ids)s::bigint []) as x (id) left join customers.fact_person as p on p.customer_id = x.id

-- name: code_bare
select
    c.id, c.code, c.bare, c.state, c.customer_id, c.made_at, c.issued_at, c.starts_at, c.expires_at, c.uses_most,
    c.used, c.reserved, c.loaded_minor, c.balance_minor, p.id as pool_id, p.key as pool, p.ended_at as pool_ended_at,
    p.body as limits, coalesce(v.body, p.body) as terms
from offers.code as c
inner join offers.pool as p on c.pool_id = p.id
left join offers.pool_version as v on c.pool_id = v.pool_id and c.version = v.version
where c.bare = %(bare)s

-- name: code_id
select
    c.id, c.code, c.bare, c.state, c.customer_id, c.made_at, c.issued_at, c.starts_at, c.expires_at, c.uses_most,
    c.used, c.reserved, c.loaded_minor, c.balance_minor, p.id as pool_id, p.key as pool, p.ended_at as pool_ended_at,
    p.body as limits, coalesce(v.body, p.body) as terms
from offers.code as c
inner join offers.pool as p on c.pool_id = p.id
left join offers.pool_version as v on c.pool_id = v.pool_id and c.version = v.version
where c.id = %(code_id)s

-- name: lock_code
select id from offers.code where id = %(code_id)s for update

-- name: codes
-- Codes of a pool, or of all, the newest first.
select
    c.id, c.code, c.bare, c.state, c.customer_id, c.made_at, c.issued_at, c.starts_at, c.expires_at, c.uses_most,
    c.used, c.reserved, c.loaded_minor, c.balance_minor, p.id as pool_id, p.key as pool, p.ended_at as pool_ended_at,
    p.body as limits, coalesce(v.body, p.body) as terms
from offers.code as c
inner join offers.pool as p on c.pool_id = p.id
left join offers.pool_version as v on c.pool_id = v.pool_id and c.version = v.version
where
    (%(pool)s::text is null or p.key = %(pool)s)
    and (%(state)s::text is null or c.state = %(state)s)
    and (%(starting)s::text is null or c.bare like %(starting)s || '%%')
    and (%(before)s::bigint is null or c.id < %(before)s)
order by c.id desc limit %(limit)s

-- name: wallet
-- Every code that was handed out to one of the profiles of a person, the newest first.
select
    c.id, c.code, c.bare, c.state, c.customer_id, c.made_at, c.issued_at, c.starts_at, c.expires_at, c.uses_most,
    c.used, c.reserved, c.loaded_minor, c.balance_minor, p.id as pool_id, p.key as pool, p.ended_at as pool_ended_at,
    p.body as limits, coalesce(v.body, p.body) as terms
from offers.code as c
inner join offers.pool as p on c.pool_id = p.id
left join offers.pool_version as v on c.pool_id = v.pool_id and c.version = v.version
where c.customer_id = any(%(atoms)s::bigint [])
order by c.issued_at desc, c.id desc limit %(limit)s

-- name: uses_of
select id, code_id, customer_id, order_key, amount_minor, given_minor, given_back_minor, used_at, cancelled_at, actor
from offers.use where code_id = %(code_id)s order by id desc limit %(limit)s

-- name: reservations_of
select id, code_id, customer_id, order_key, reserved_at, ends_at, state
from offers.reservation where code_id = %(code_id)s order by id desc limit %(limit)s

-- name: movements_of
select id, kind, from_account, to_account, amount_minor, balance_after, moved_at, use_id, actor
from offers.movement where code_id = %(code_id)s order by id desc limit %(limit)s

-- name: uses_of_customer
-- How often a person used codes of a pool.
select count(*) from offers.use
where pool_id = %(pool_id)s and cancelled_at is null and customer_id = any(%(atoms)s::bigint [])

-- name: lock_customer
-- Two codes of one pool used by one person at once are counted one after the other.
select pg_advisory_xact_lock(hashtextextended('offers.customer/' || %(pool_id)s::text, %(person)s))

-- name: tallies
select span, used, given_minor from offers.tally where pool_id = %(pool_id)s and span = any(%(spans)s::text [])

-- name: count_use
-- One more use in a span, if it and the money still fit.
insert into offers.tally as t (pool_id, span, used, given_minor)
values (%(pool_id)s, %(span)s, 1, %(given)s)
on conflict (pool_id, span) do update set used = t.used + 1, given_minor = t.given_minor + %(given)s
where
    (%(uses)s::bigint is null or t.used < %(uses)s)
    and (%(budget)s::bigint is null or t.given_minor + %(given)s <= %(budget)s)

-- name: give_back_tally
-- In the order in which uses count.
with counted as (
    select span from offers.tally where pool_id = %(pool_id)s and span = any(%(spans)s::text []) order by span for update
)
update offers.tally as t set used = t.used - %(uses)s, given_minor = t.given_minor - %(given)s
from counted as c where t.pool_id = %(pool_id)s and t.span = c.span

-- name: take
-- The use of a code: one conditional update, so that none is used more often than it may.
update offers.code set used = used + 1, reserved = reserved - %(mine)s, balance_minor = balance_minor - %(taken)s
where
    id = %(code_id)s and state = 'issued'
    and (starts_at is null or starts_at <= %(at)s) and (expires_at is null or expires_at > %(at)s)
    and (uses_most is null or used + reserved - %(mine)s < uses_most)
    and (balance_minor is null or balance_minor >= %(taken)s)
returning coalesce(balance_minor, 0)

-- name: save_use
insert into offers.use (code_id, pool_id, customer_id, order_key, amount_minor, given_minor, used_at, spans, actor)
values (
    %(code_id)s, %(pool_id)s, %(customer_id)s, %(order_key)s, %(amount)s, %(given)s, %(at)s, %(spans)s, %(actor)s
) returning id

-- name: use
select id, code_id, customer_id, order_key, amount_minor, given_minor, given_back_minor, used_at, cancelled_at, actor
from offers.use where id = %(use_id)s

-- name: lock_use
select code_id from offers.use where id = %(use_id)s

-- name: give_back
-- Gives a use back, or a part of what a card paid, once: nothing where it was given back before.
update offers.use set
    given_back_minor = given_back_minor + %(amount)s,
    cancelled_at = case when given_back_minor + %(amount)s = given_minor then %(at)s end
where id = %(use_id)s and cancelled_at is null and given_back_minor + %(amount)s <= given_minor
returning pool_id, spans, cancelled_at is not null as whole

-- name: return_use
update offers.code set
    used = used - %(uses)s, balance_minor = balance_minor + %(amount)s,
    state = case when state = 'expired' and %(amount)s > 0 then 'issued' else state end
where id = %(code_id)s
returning coalesce(balance_minor, 0)

-- name: withdraw
-- A code that was never used, or a card with what is on it, is used no more.
update offers.code as c set state = 'cancelled', balance_minor = case when c.balance_minor is not null then 0 end
from offers.code as before
where c.id = %(code_id)s and before.id = c.id and c.state in ('free', 'issued') and c.reserved = 0
    and (c.used = 0 or c.balance_minor is not null or c.uses_most is distinct from 1)
returning coalesce(before.balance_minor, 0)

-- name: reserve
update offers.code set reserved = reserved + 1
where
    id = %(code_id)s and state = 'issued'
    and (expires_at is null or expires_at > %(at)s)
    and (uses_most is null or used + reserved < uses_most)

-- name: save_reservation
insert into offers.reservation (code_id, customer_id, order_key, reserved_at, ends_at)
values (%(code_id)s, %(customer_id)s, %(order_key)s, %(at)s, %(ends_at)s) returning id

-- name: reservation
select id, code_id, customer_id, order_key, reserved_at, ends_at, state
from offers.reservation where id = %(reservation_id)s

-- name: held_by
-- The reservation that a use belongs to: named, or of the same order, or of the same person.
select id from offers.reservation
where
    code_id = %(code_id)s and state = 'held' and ends_at > %(at)s
    and (
        id = %(reservation_id)s
        or (%(reservation_id)s::bigint is null and (order_key = %(order_key)s or customer_id = any(%(atoms)s::bigint [])))
    )
order by order_key = %(order_key)s desc nulls last, id limit 1

-- name: end_reservation
update offers.reservation set state = %(state)s where id = %(reservation_id)s and state = 'held' returning code_id

-- name: unreserve
update offers.code set reserved = reserved - 1 where id = %(code_id)s

-- name: lapse_of_code
-- What was reserved for too long is free again.
with over as (
    update offers.reservation set state = 'expired'
    where code_id = %(code_id)s and state = 'held' and ends_at <= %(at)s returning id
)
update offers.code set reserved = reserved - (select count(*) from over)
where id = %(code_id)s and exists (select from over)

-- name: lapse
-- The same for every code nobody is using at this moment.
with free as (
    select id from offers.code
    where id in (select code_id from offers.reservation where state = 'held' and ends_at <= %(at)s)
    order by id for update skip locked
), over as (
    update offers.reservation set state = 'expired'
    where state = 'held' and ends_at <= %(at)s and code_id in (select id from free) returning code_id
)
update offers.code as c set reserved = c.reserved - o.ended
from (select code_id, count(*) as ended from over group by code_id) as o where c.id = o.code_id

-- name: move
insert into offers.movement (code_id, pool_id, kind, from_account, to_account, amount_minor, balance_after, moved_at,
    use_id, actor)
select c.id, c.pool_id, %(kind)s, %(from_account)s, %(to_account)s, %(amount)s, c.balance_minor, %(at)s, %(use_id)s,
    %(actor)s
from offers.code as c where c.id = any(%(code_ids)s::bigint []) and %(amount)s > 0

-- name: liability
-- What is owed on the gift cards of each pool, as booked up to an instant, with how it came about.
select
    p.key as pool, p.body ->> 'currency' as currency,
    coalesce(sum(m.amount_minor) filter (where m.kind = 'load'), 0)::bigint as loaded_minor,
    coalesce(sum(m.amount_minor) filter (where m.kind = 'pay'), 0)::bigint as paid_minor,
    coalesce(sum(m.amount_minor) filter (where m.kind = 'refund'), 0)::bigint as refunded_minor,
    coalesce(sum(m.amount_minor) filter (where m.kind = 'expire'), 0)::bigint as expired_minor,
    coalesce(sum(m.amount_minor) filter (where m.kind = 'cancel'), 0)::bigint as cancelled_minor,
    coalesce(sum(case when m.to_account = 'card' then m.amount_minor else -m.amount_minor end), 0)::bigint as owed_minor
from offers.pool as p
inner join offers.movement as m on p.id = m.pool_id and m.moved_at <= %(at)s
group by p.id order by p.key

-- name: expire
-- Codes whose time is over and that were not used up; the money left on cards goes to the account of what expired.
with over as (
    select id, balance_minor from offers.code
    where state = 'issued' and expires_at <= %(at)s
    order by id limit %(limit)s for update skip locked
), ended as (
    update offers.code as c set state = 'expired', balance_minor = case when c.balance_minor is not null then 0 end
    from over where c.id = over.id
    returning c.id, c.pool_id, c.customer_id, c.expires_at, c.used, c.uses_most, over.balance_minor
), booked as (
    insert into offers.movement (code_id, pool_id, kind, from_account, to_account, amount_minor, balance_after, moved_at)
    select id, pool_id, 'expire', 'card', 'expired', balance_minor, 0, %(at)s from ended where balance_minor > 0
), told as (
    select log.append(
        'regulars.offers.code_expired/' || e.id || '/' || extract(epoch from e.expires_at), 'regulars.offers.code_expired',
        e.customer_id, e.expires_at,
        jsonb_build_object('pool', p.key, 'code', e.id, 'expired_at', e.expires_at)
    )
    from ended as e inner join offers.pool as p on e.pool_id = p.id
    where e.customer_id is not null and (e.uses_most is null or e.used < e.uses_most)
        and (e.balance_minor is null or e.balance_minor > 0)
)
select (select count(*) from ended) + 0 * (select count(*) from told)

-- name: tell
-- What happened to a code that belongs to somebody; the message id is made of what happened, and told once.
select log.append(%(id)s, %(name)s, %(customer_id)s, %(at)s, %(told)s)

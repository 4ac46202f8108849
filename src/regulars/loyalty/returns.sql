-- name: orders
-- Some orders as they stand.
select
    order_id, order_key, customer_id, total_minor, refunded_minor, line_count, status = 'cancelled' as cancelled
from orders.fact_order
where order_id = any(%(orders)s::bigint[])

-- name: lines
-- What stands of their lines.
select order_id, line_key, total_minor, refunded_minor, quantity, refunded_quantity
from orders.fact_line
where order_id = any(%(orders)s::bigint[])
order by order_id, line

-- name: awards
-- What a programme awarded for them, in that order, with what was asked back of each; what restored an award comes with
-- it. Awards of before they were kept line by line are as of one line.
select
    earned.id, earned.order_id, earned.rule, earned.version, earned.amount,
    coalesce(person.person_id, earned.customer_id) as customer_id, award.line_keys, award.minors, award.figures,
    coalesce(award.points, loyalty.handed_out(award.minors, award.rate, award.rate_of, earned.amount)) as points,
    coalesce(award.stands, earned.amount) as stands, award.standing, award.restores,
    (
        select coalesce(sum(coalesce(back.claimed, earned.amount)), 0) from only loyalty.transfer as back
        where back.reverses = earned.id
    )::bigint as claimed
from only loyalty.transfer as earned
left join loyalty.award on award.transfer_id = earned.id
left join customers.fact_person as person on person.customer_id = earned.customer_id
where
    earned.order_id = any(%(orders)s::bigint[]) and earned.programme_id = %(programme_id)s and earned.kind = 'earn'
order by earned.id

-- name: spendings
-- What paid for them in points, in that order: how much was given back, and how much of that by hand.
select
    spent.id, spent.order_key, spent.amount, spent.customer_id, spent.currency_id, coalesce(spent.reason = %(again)s, false) as again,
    coalesce(back.amount, 0)::bigint as given_back, coalesce(back.by_hand, 0)::bigint as by_hand
from loyalty.transfer as spent
left join lateral (
    select sum(reversal.amount) as amount, sum(reversal.amount) filter (where reversal.actor is not null) as by_hand
    from only loyalty.transfer as reversal
    where reversal.reverses = spent.id
) as back on true
where
    spent.programme_id = %(programme_id)s and spent.order_key = any(%(order_keys)s::text[]) and spent.kind = 'spend'
order by spent.id

-- name: keep_standing
-- What stands of an award; of one of before, its line along with it.
insert into loyalty.award as award (transfer_id, line_keys, minors, points, stands, standing)
values (
    %(id)s, %(line_keys)s::text[], %(minors)s::bigint[], %(points)s::bigint[], %(stands)s,
    %(standing)s::bigint[]
)
on conflict (transfer_id) do update
set stands = excluded.stands, standing = excluded.standing

-- name: keep_given
update loyalty.given
set points = points + %(change)s
where programme_id = %(programme_id)s and rule = %(rule)s

-- name: take_back
-- Asks a part of an award back: from its own lot, then by the policy.
select outcome, transfer_id, available, field
from loyalty.post_reversal(
    %(programme_id)s, %(id)s, %(key)s, %(at)s, %(policy)s, 'returned', null,
    jsonb_build_object('kind', 'return', 'transfer', %(id)s::bigint, 'amount', %(amount)s::bigint), %(amount)s, true
)

-- name: give_back
-- Gives a part of what was spent back into the lots it came from.
select outcome, transfer_id, available, field
from loyalty.post_reversal(
    %(programme_id)s, %(id)s, %(key)s, %(at)s, 'within_balance', 'returned', null,
    jsonb_build_object('kind', 'give_back', 'transfer', %(id)s::bigint, 'amount', %(amount)s::bigint), %(amount)s, false,
    %(least)s
)

-- name: unclaim
select loyalty.unclaim(%(id)s, %(amount)s, %(at)s, 'stands again')

-- name: restore
-- Awards again what a return took, with the dates of the first award.
with posted as (
    select first.id, unnest(posted.posted) as restoring
    from only loyalty.transfer as first
    inner join loyalty.lot on lot.transfer_id = first.id
    cross join lateral loyalty.post_earned(
        first.programme_id, first.currency_id, first.rule, first.version, null, null, null, first.origin, first.partner,
        array[row(
            coalesce(
                (select person.person_id from customers.fact_person as person where person.customer_id = first.customer_id),
                first.customer_id
            ),
            first.customer_id, first.order_id, first.position, first.occurred_at, %(at)s::timestamptz,
            %(amount)s::bigint, lot.active_from, lot.expires_at, '{}'::text[], '{}'::bigint[], null, null,
            '{}'::bigint[], null, (
                select max(earlier.part) + 1 from only loyalty.transfer as earlier
                where
                    earlier.order_id = first.order_id and earlier.programme_id = first.programme_id
                    and earlier.rule = first.rule and earlier.kind = 'earn'
            ), null, null
        )::loyalty.earned]
    ) as posted
    where first.id = %(id)s
    order by lot.id
    limit 1
)

select restoring from posted

-- name: mark_restoring
update loyalty.award
set restores = %(id)s
where transfer_id = %(restoring)s

-- name: pay_again
-- Takes what was given back for a return that is undone, as far as it is there.
select outcome, transfer_id, available, field
from loyalty.post_spend(
    %(programme_id)s, %(currency_id)s, %(customer_id)s, 'spend', %(amount)s, %(key)s, %(at)s, %(at)s, %(again)s, null,
    jsonb_build_object('kind', 'spend', 'order', %(order_key)s::text, 'amount', %(amount)s::bigint),
    %(order_key)s
)

-- name: tell
-- What a return did to somebody's points.
select log.append(
    'regulars.loyalty.points_changed/' || programme.key || '/' || transfer.id, 'regulars.loyalty.points_changed',
    transfer.customer_id, transfer.occurred_at,
    jsonb_build_object(
        'programme', programme.key, 'kind', transfer.kind, 'points', transfer.amount, 'currency', currency.code,
        'transfer', transfer.id
    ),
    1
)
from loyalty.transfer
inner join loyalty.programme on programme.id = transfer.programme_id
inner join loyalty.currency on currency.id = transfer.currency_id
where transfer.id = %(transfer_id)s

-- name: limited
-- What caps leave, in their order, and then the budget, in the order of the orders; each cut says which it was.
with summed as (
    select order_id, sum(points)::bigint as points
    from parted
    group by order_id
),

capped as (
    select
        summed.order_id, summed.points, cap.n,
        least(summed.points, min(greatest(cap.allowed, 0)) over (partition by summed.order_id order by cap.n)) as allowed
    from summed
    inner join unnest(%(cap_orders)s::bigint[], %(caps)s::int[], %(allowed)s::bigint[]) as cap (order_id, n, allowed)
        on cap.order_id = summed.order_id
),

cut as (
    select
        order_id, n, allowed,
        lag(allowed, 1, points) over (partition by order_id order by n) - allowed as points
    from capped
),

after_caps as (
    select
        summed.order_id, summed.points, ordered.position, coalesce(cuts.allowed, summed.points) as allowed, cuts.cuts
    from summed
    inner join ordered using (order_id)
    left join (
        select
            order_id, min(allowed) as allowed,
            jsonb_agg(jsonb_build_object('by', 'cap', 'n', n, 'points', points) order by n) filter (where points > 0) as cuts
        from cut
        group by order_id
    ) as cuts using (order_id)
),

paid as (
    select
        *,
        case
            when %(budget)s::bigint is null then allowed
            else greatest(0, least(allowed, %(budget)s - coalesce(sum(allowed) over earlier, 0)))
        end as paid
    from after_caps
    window earlier as (order by position, order_id rows between unbounded preceding and 1 preceding)
)

select
    order_id, paid::bigint as points,
    case
        when paid < allowed
            then coalesce(cuts, '[]') || jsonb_build_array(jsonb_build_object('by', 'budget', 'points', allowed - paid))
        else cuts
    end as cuts
from paid

-- name: used
-- What each cap counts for each order already: net of returns, by all profiles of a person.
select cap.order_id, cap.n, coalesce(sum(coalesce(award.stands, earlier.amount)), 0)::bigint as points
from unnest(
    %(orders)s::bigint[], %(customers)s::bigint[], %(caps)s::int[], %(by_rule)s::boolean[], %(starts)s::timestamptz[],
    %(ends)s::timestamptz[]
) as cap (order_id, customer_id, n, by_rule, starts, ends)
left join (
    only loyalty.transfer as earlier
    inner join loyalty.currency on currency.id = earlier.currency_id and currency.code = %(currency)s
    left join loyalty.award on award.transfer_id = earlier.id
)
    on
        award.restores is null
        and earlier.customer_id = any(
            array(select person.customer_id from customers.fact_person as person where person.person_id = cap.customer_id)
            || cap.customer_id
        )
        and earlier.programme_id = %(programme_id)s and earlier.kind = 'earn'
        and (not cap.by_rule or earlier.rule = %(rule)s)
        and case
            when cap.starts is null and cap.order_id > 0 then earlier.order_id = cap.order_id
            -- An event stands as the negative of its position.
            when cap.starts is null then earlier.order_id is null and earlier.position = -cap.order_id
            else earlier.occurred_at >= cap.starts and earlier.occurred_at < cap.ends
        end
        and not exists (
            select from only loyalty.transfer as undone
            where undone.reverses = earlier.id and undone.kind = 'reversal' and undone.actor is not null
        )
group by cap.order_id, cap.n

-- name: given
-- What a rule with a budget gave so far; kept from the first time that it is asked.
with known as (
    select points from loyalty.given where programme_id = %(programme_id)s and rule = %(rule)s
),

counted as (
    insert into loyalty.given (programme_id, rule, points)
    select %(programme_id)s, %(rule)s, (
        select coalesce(sum(coalesce(award.stands, earlier.amount)), 0)
        from only loyalty.transfer as earlier
        left join loyalty.award on award.transfer_id = earlier.id
        where
            earlier.programme_id = %(programme_id)s and earlier.rule = %(rule)s and earlier.kind = 'earn'
            and award.restores is null
    )
    where not exists (select from known)
    on conflict do nothing
    returning points
)

select points from known
union all
select points from counted

-- name: currency
-- The currency in which most of what the members bought inside their windows was paid.
select sale.currency
from campaigns.member
inner join orders.fact_order as sale
    on sale.customer_id = member.customer_id and not sale.history
    and sale.occurred_at >= member.entered_at and sale.occurred_at < member.window_ends_at
where member.run_id = %(run_id)s and member.counted and not member.outside
group by sale.currency
order by count(*) desc, sale.currency
limit 1

-- name: spent
-- By arm, of those whose window has closed: people, what they spent in minor units net of returns, its squares, orders.
select
    person.arm, count(*)::integer as people, sum(person.spent)::bigint as spent,
    sum(person.spent::float8 * person.spent) as squares, sum(person.orders)::integer as orders
from (
    select
        member.arm, coalesce(sum(sale.net_minor), 0)::bigint as spent, count(sale.order_id) as orders
    from campaigns.member
    left join orders.fact_order as sale
        on sale.customer_id = member.customer_id and not sale.history and sale.status <> 'cancelled'
        and sale.currency = %(currency)s
        and sale.occurred_at >= member.entered_at and sale.occurred_at < member.window_ends_at
    where member.run_id = %(run_id)s and member.counted and not member.outside
        and member.window_ends_at <= %(at)s::timestamptz
    group by member.run_id, member.atom_id, member.arm
) as person
group by person.arm

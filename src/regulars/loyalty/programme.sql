-- name: last_year
-- What the orders of a span sum to, by currency.
select count(*) as orders, coalesce(sum(total_minor), 0)::bigint as total_minor,
    count(distinct customer_id) as customers
from orders.fact_order
where occurred_at >= %(start)s and occurred_at < %(end)s and currency = %(money)s and not history

-- name: in_force
-- The version that holds for all, and how many members there are.
select v.version, (select count(*) from loyalty.member m where m.programme_id = p.id and m.closed_at is null) as members
from loyalty.programme p join loyalty.version_for_all v on v.programme_id = p.id
where p.key = %(key)s

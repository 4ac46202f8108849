-- name: standings
-- Tier and points of each of these customers, of the programme they joined first.
select distinct on (f.customer_id) f.customer_id, f.tier, f.active_points as points, c.scale
from loyalty.fact_member f
join loyalty.programme p on p.key = f.programme
join loyalty.currency c on c.programme_id = p.id and c.code = f.currency
where f.customer_id = any (%(customer_ids)s)
order by f.customer_id, f.joined_at, p.id

-- name: erase_samples
delete from connections.sample where payload ~* %(pattern)s or headers::text ~* %(pattern)s

-- name: erase_deliveries
update connections.delivery
set
    reason = case when reason ~* %(pattern)s then '' else reason end,
    delivery_key = case when delivery_key ~* %(pattern)s then null else delivery_key end
where reason ~* %(pattern)s or delivery_key ~* %(pattern)s

-- name: erase_pickups
update connections.pickup
set
    name = case when name ~* %(pattern)s then 'erased:' || pickup_id else name end,
    problem = case when problem ~* %(pattern)s then null else problem end
where name ~* %(pattern)s or problem ~* %(pattern)s

-- name: erase_problems
update connections.drop_state set problem = null where problem ~* %(pattern)s

-- name: held
select connection_key, topic, received_at, payload
from connections.sample
where payload ~* %(pattern)s
order by connection_key, topic

-- name: erase_keys
-- Ids that callers chose and that name the person; nothing is found under them any more.
update offers.caller_key
set key = 'erased:' || gen_random_uuid(), fields = '{}', answer = '{}'
where customer_id = any(%(atoms)s::bigint []) and (key ~* %(pattern)s or fields::text ~* %(pattern)s)

-- name: erase_orders
update offers.use set order_key = 'erased'
where customer_id = any(%(atoms)s::bigint []) and order_key ~* %(pattern)s and order_key <> 'erased'

-- name: erase_reserved_orders
update offers.reservation set order_key = 'erased'
where customer_id = any(%(atoms)s::bigint []) and order_key ~* %(pattern)s and order_key <> 'erased'

-- name: held_codes
select pool, ending, state, issued_at, starts_at, expires_at, used, balance_minor, currency
from offers.fact_code
where customer_id = any(%(atoms)s::bigint [])
order by issued_at

-- name: held_uses
select pool, order_key, amount_minor, given_minor, given_back_minor, currency, used_at, cancelled_at
from offers.fact_use
where customer_id = any(%(atoms)s::bigint [])
order by used_at

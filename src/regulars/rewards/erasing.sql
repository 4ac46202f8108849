-- name: erase_keys
-- Ids that callers chose and that name the person; the redemption stays, and is no longer found under that id.
update rewards.caller_key
set key = 'erased:' || gen_random_uuid(), fields = '{}', answer = '{}'
where customer_id = any(%(atoms)s::bigint []) and key ~* %(pattern)s

-- name: erase_notes
update rewards.step as s set note = 'erased'
from rewards.redemption as d
where d.id = s.redemption_id and d.customer_id = any(%(atoms)s::bigint [])
    and s.note is not null and s.note <> 'erased'

-- name: held
select reward_name as reward, programme, state, points, currency, redeemed_at, changed_at
from rewards.fact_redemption
where customer_id = any(%(atoms)s::bigint [])
order by redeemed_at

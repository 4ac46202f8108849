-- name: allow
-- The guard of the ledger lets words be taken, until the transaction ends.
select set_config('regulars.erasing', 'on', true)

-- name: erase_words
-- What somebody wrote to postings by hand; all else of the ledger stays.
update loyalty.transfer
set reason = 'erased'
where customer_id = any(%(atoms)s::bigint[]) and actor is not null and reason is distinct from 'erased'

-- name: erase_hold_words
-- What somebody wrote to holds, and to changes of the ends of lots.
with changes as (
    update loyalty.lot_change
    set reason = 'erased'
    where customer_id = any(%(atoms)s::bigint[]) and actor is not null and reason is distinct from 'erased'
)

update loyalty.hold
set reason = 'erased'
where customer_id = any(%(atoms)s::bigint[]) and reason is not null and reason is distinct from 'erased'

-- name: erase_answers
-- Lists of writes name reasons, too; what came of each stays.
update loyalty.caller_key
set fields = jsonb_build_object('kind', 'erased')
where customer_id = any(%(atoms)s::bigint[]) and answer is not null and fields ->> 'kind' <> 'erased'

-- name: erase_keys
-- Ids that callers chose and that name the person; the posting stays, and is no longer found under that id.
update loyalty.caller_key
set key = 'erased:' || gen_random_uuid()
where customer_id = any(%(atoms)s::bigint[]) and key ~* %(pattern)s

-- name: memberships
-- Points that can still be spent, by programme.
select programme, sum(active_points)::bigint as points
from loyalty.fact_member
where customer_id = any(%(atoms)s::bigint[]) and active_points > 0
group by programme
order by programme

-- name: held
select programme, joined_at, tier, tier_since, currency, active_points, pending_points, owed_points
from loyalty.fact_member
where customer_id = any(%(atoms)s::bigint[])
order by programme

-- name: held_postings
select programme, currency, kind, amount, booked_at, occurred_at, order_id, reason
from loyalty.fact_transfer
where atom_id = any(%(atoms)s::bigint[])
order by transfer_id

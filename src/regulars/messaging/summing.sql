-- name: fold
-- Put what changed into the sums; what somebody else is folding stays for them.
with taken as (
    delete from messaging.send_moved
    where ctid = any(array(select ctid from messaging.send_moved limit %(limit)s for update skip locked))
    returning source_id, arm, state, reason, due, bits, sends
),

folded as (
    insert into messaging.send_sum (source_id, arm, state, reason, due, bits, sends)
    select source_id, arm, state, reason, due, bits, sum(sends)
    from taken
    group by source_id, arm, state, reason, due, bits
    having sum(sends) <> 0
    order by source_id, arm, state, reason, due, bits
    on conflict (source_id, arm, state, reason, due, bits) do update
    set sends = send_sum.sends + excluded.sends
)

select count(*)::integer from taken

-- name: forget_empty
-- Of states that nothing is in any more, such as a moment that has passed.
delete from messaging.send_sum where sends = 0

-- name: tally
-- Sends of a source by arm, state and reason.
select arm, state, reason, sum(sends)::integer as people
from messaging.fact_send_sum
where source_kind = %(kind)s and source_key = %(key)s and source_version = %(version)s
group by arm, state, reason
having sum(sends) <> 0
order by arm, state, reason

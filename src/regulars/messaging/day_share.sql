-- name: due
-- How many of a source are due, counted no further than needed.
select count(*)
from (
    select from messaging.send
    where source_id = %(source_id)s and state = 'queued' and not_before <= %(at)s
    limit %(most)s
) as counted

-- name: waits
-- Whether anybody of a source waits for another day.
select exists (
    select from messaging.send where source_id = %(source_id)s and state = 'queued' and reason = 'warm_up'
)

-- name: share_out
-- Of all that are due, or were put off to another day, the first so many are due now; the others wait for a day to
-- come, at the hour at which they would have gone. Who answered lately goes first, then who bought last.
with waiting as materialized (
    select
        send_id, customer_id, not_before > %(at)s as put_off,
        case when isfinite(not_before) then not_before else queued_at end as was_due
    from messaging.send
    where
        source_id = %(source_id)s and state = 'queued'
        and (not_before <= %(at)s or (reason = 'warm_up' and not_before >= %(until)s))
    for update skip locked
),

answered as (
    select customer_id, max(at) as at
    from messaging.reaction
    where kind in ('opened', 'clicked') and not machine and at >= %(since)s and at <= %(at)s
    group by customer_id
),

placed as (
    select
        waiting.send_id, waiting.put_off, waiting.was_due,
        row_number() over (
            order by answered.at desc nulls last, bought.last_at desc nulls last, waiting.send_id
        ) <= %(most)s as goes
    from waiting
    left join answered using (customer_id)
    left join orders.fact_customer_total as bought using (customer_id)
)

update messaging.send
set reason = case when not placed.goes then 'warm_up' end,
    detail = null,
    not_before = case
        when placed.goes then %(at)s
        else placed.was_due + make_interval(
            days => greatest(0, ceil(extract(epoch from %(until)s::timestamptz - placed.was_due) / 86400))::integer
        )
    end
from placed
where send.send_id = placed.send_id and placed.goes = placed.put_off

-- name: let_go
update messaging.send set reason = null, not_before = %(at)s
where source_id = %(source_id)s and state = 'queued' and reason = 'warm_up' and not_before > %(at)s

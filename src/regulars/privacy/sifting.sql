-- name: anybody
select exists (select from privacy.erased)

-- name: sift
-- Drops from the sequencer's batch what happened before its person was erased; gives how many events.
with late as (
    delete from pg_temp.log_batch
    using privacy.erased
    where
        log_batch.customer_id is null and log_batch.occurred_at < erased.erased_at
        and erased.kind = case when log_batch.user_id is not null then 'user_id' else 'anonymous_id' end
        and erased.hash = privacy.hash_of(
            case when log_batch.user_id is not null then 'user_id' else 'anonymous_id' end,
            coalesce(log_batch.user_id, log_batch.anonymous_id)
        )
    returning erased.kind, erased.hash
),

counted as (
    select kind, hash, count(*) as events from late group by kind, hash
),

noted as (
    update privacy.erased set late = erased.late + counted.events
    from counted
    where erased.kind = counted.kind and erased.hash = counted.hash
)

select count(*)::integer from late

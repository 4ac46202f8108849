-- name: know
-- Make a scoring known; its number, and what was kept of it.
insert into segments.scoring as scoring (scoring_key, settings)
values (%(key)s, %(settings)s)
on conflict (scoring_key) do update set live = true
returning scoring_id, settings, fitted, scored_at

-- name: forget
-- Other settings give other scores: those before are no past of these.
with gone as (delete from segments.score where scoring_id = %(scoring_id)s),

totals as (delete from segments.score_total where scoring_id = %(scoring_id)s)

update segments.scoring set settings = %(settings)s, fitted = null, scored_at = null
where scoring_id = %(scoring_id)s

-- name: keep_fitted
update segments.scoring set fitted = %(fitted)s where scoring_id = %(scoring_id)s

-- name: measure
-- What each customer bought in the period, in one currency, and where that places them among all who bought: a fifth
-- is 1 and five times the share of those strictly below, so that equal values are in the same fifth.
create temporary table score_now on commit drop as
with bought as (
    select
        purchase.customer_id, max(purchase.occurred_at) as last_at, count(*)::integer as orders,
        sum(purchase.net_minor)::bigint as value_minor
    from orders.fact_order as purchase
    inner join customers.fact_customer as customer using (customer_id)
    where
        purchase.status <> 'cancelled' and purchase.currency = %(currency)s
        and purchase.occurred_at >= %(since)s and purchase.occurred_at < %(at)s
    group by purchase.customer_id
),

aged as (
    select *, floor(extract(epoch from %(at)s - last_at) / 86400)::integer as days from bought
),

placed as (
    select
        *, count(*) over () as everybody,
        rank() over (order by days desc) - 1 as longer_ago,
        rank() over (order by orders) - 1 as fewer,
        rank() over (order by value_minor) - 1 as lower,
        rank() over (order by value_minor desc) - 1 as higher
    from aged
)

select
    customer_id, days, orders, value_minor,
    (1 + 5 * longer_ago / everybody)::smallint as recency,
    (1 + 5 * fewer / everybody)::smallint as frequency,
    (1 + 5 * lower / everybody)::smallint as monetary,
    0::smallint as cluster, higher::double precision / everybody as share_above, ''::text as group_key
from placed

-- name: index_measured
-- Whatever the planner knows of the kept scores, it finds a customer at once.
create unique index on pg_temp.score_now (customer_id)

-- name: analyze
analyze pg_temp.score_now

-- name: unmeasure
drop table if exists pg_temp.score_now

-- name: group_by_cell
-- By recency and frequency; of 25 groups the first five are those of recency 1.
update pg_temp.score_now
set group_key = (%(groups)s::text[])[(recency - 1) * 5 + frequency]

-- name: group_by_share
-- By the share of buyers with a higher value.
update pg_temp.score_now
set
    recency = 0, frequency = 0, monetary = 0,
    group_key = coalesce(
        (
            select tier.key
            from unnest(%(keys)s::text[], %(limits)s::double precision[]) with ordinality as tier (key, share, place)
            where score_now.share_above < tier.share
            order by tier.place
            limit 1
        ),
        %(rest)s
    )

-- name: sampled
-- At most so many measured customers, always the same of the same ones.
select days, orders, value_minor
from pg_temp.score_now
order by md5(customer_id::text), customer_id
limit %(most)s

-- name: group_by_cluster
-- By the nearest centre, in standardised logarithms.
update pg_temp.score_now
set cluster = nearest.number, group_key = 'cluster-' || nearest.number, recency = 0, frequency = 0, monetary = 0
from (
    select customer_id, (
        select centre.number
        from unnest(%(r)s::double precision[], %(f)s::double precision[], %(m)s::double precision[])
            with ordinality as centre (r, f, m, number)
        order by
            power((ln(1 + one.days) - %(r_mean)s) / %(r_spread)s - centre.r, 2)
            + power((ln(1 + one.orders) - %(f_mean)s) / %(f_spread)s - centre.f, 2)
            + power((ln(1 + greatest(one.value_minor, 0)) - %(m_mean)s) / %(m_spread)s - centre.m, 2),
            centre.number
        limit 1
    )::smallint as number
    from pg_temp.score_now as one
) as nearest
where score_now.customer_id = nearest.customer_id

-- name: forget_from
-- What was scored at or after an instant goes.
delete from segments.score where scoring_id = %(scoring_id)s and since >= %(at)s

-- name: forget_totals_from
delete from segments.score_total where scoring_id = %(scoring_id)s and at >= %(at)s

-- name: reopen_from
update segments.score set until = null where scoring_id = %(scoring_id)s and until >= %(at)s

-- name: end_changed
-- End what no longer holds; how many there were.
update segments.score
set until = %(at)s
where
    scoring_id = %(scoring_id)s and until is null
    and not exists (
        select from pg_temp.score_now as now
        where
            now.customer_id = score.customer_id
            and (now.recency, now.frequency, now.monetary, now.cluster, now.group_key)
            = (score.recency, score.frequency, score.monetary, score.cluster, score.group_key)
    )

-- name: begin_changed
insert into segments.score
    (scoring_id, customer_id, since, recency, frequency, monetary, cluster, group_key)
select %(scoring_id)s, customer_id, %(at)s, recency, frequency, monetary, cluster, group_key
from pg_temp.score_now as now
inner join customers.fact_customer using (customer_id)
where not exists (
    select from segments.score
    where score.scoring_id = %(scoring_id)s and score.customer_id = now.customer_id and score.until is null
)
order by customer_id

-- name: keep_totals
insert into segments.score_total
    (scoring_id, at, group_key, recency, frequency, monetary, cluster, customers, days, orders, value_minor)
select
    %(scoring_id)s, %(at)s, group_key, recency, frequency, monetary, cluster, count(*), sum(days), sum(orders),
    sum(value_minor)
from pg_temp.score_now
group by group_key, recency, frequency, monetary, cluster

-- name: note_scored
update segments.scoring set scored_at = %(at)s where scoring_id = %(scoring_id)s

-- name: forget_past
-- What ended by an instant, also of scorings that are live no more; some of it, so that a long past goes in some nights.
delete from segments.score
where ctid = any(array(
    select score.ctid from segments.score where score.until <= %(before)s limit %(most)s
))

-- name: forget_past_totals
-- From the first that is left, who had which score is known whole.
delete from segments.score_total where at < %(before)s

-- name: measured_count
select count(*) from pg_temp.score_now

-- name: retire
-- It is live no more; who was scored how stays as its past.
with ended as (
    update segments.score set until = %(at)s
    where until is null and since < %(at)s
        and scoring_id = (select scoring_id from segments.scoring where scoring_key = %(key)s)
)

update segments.scoring set live = false where scoring_key = %(key)s

-- name: buyers
-- About how many customers ever bought.
select count(*) from (select from orders.fact_customer_total limit %(most)s) as buyer

-- name: scored_at
select scored_at from segments.scoring where scoring_key = %(key)s and live

-- name: totals_at
-- The totals of the last instant at or before one.
select
    total.at, total.group_key, total.recency, total.frequency, total.monetary, total.cluster, total.customers,
    total.days, total.orders, total.value_minor
from segments.score_total as total
inner join segments.scoring using (scoring_id)
where
    scoring.scoring_key = %(key)s
    and total.at = (
        select max(last.at) from segments.score_total as last
        where last.scoring_id = scoring.scoring_id and last.at <= %(at)s
    )
order by total.group_key, total.recency, total.frequency, total.monetary

-- name: totals_over_time
select total.at, total.group_key, sum(total.customers)::integer as customers, sum(total.value_minor)::bigint as value_minor
from segments.score_total as total
inner join segments.scoring using (scoring_id)
where scoring.scoring_key = %(key)s
group by total.at, total.group_key
order by total.at, total.group_key

-- name: first_scored
-- From when on the scores are known.
select min(total.at) from segments.score_total as total
inner join segments.scoring using (scoring_id)
where scoring.scoring_key = %(key)s

-- name: fitted
select fitted from segments.scoring where scoring_key = %(key)s
